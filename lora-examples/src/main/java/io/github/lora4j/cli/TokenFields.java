package io.github.lora4j.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.github.lora4j.models.data.DataException;
import io.github.lora4j.models.data.DataRecord;
import io.github.lora4j.models.tokenizer.TextTokenizer;
import java.util.List;

/** Adds the token ids of a text. */
final class TokenFields implements RecordRewriter.Fields {
  private static final String IDS = "ids";

  private final TextTokenizer tokenizer;
  private final String textColumn;
  private final boolean addSpecialTokens;
  private long tokens;

  TokenFields(TextTokenizer tokenizer, String textColumn, boolean addSpecialTokens) {
    this.tokenizer = tokenizer;
    this.textColumn = textColumn;
    this.addSpecialTokens = addSpecialTokens;
  }

  /** Tokens so far. */
  long tokens() {
    return tokens;
  }

  @Override
  public int together() {
    return 1024;
  }

  @Override
  public void check(DataRecord record) {
    if (record.fields().has(IDS)) {
      throw new DataException(record.file(), record.line(), "has a field '" + IDS + "' already");
    }
  }

  @Override
  public void add(List<DataRecord> part) {
    List<String> texts = part.stream().map(this::text).toList();
    List<int[]> ids = tokenizer.encodeBatch(texts, addSpecialTokens);
    for (int i = 0; i < part.size(); i++) {
      ArrayNode array = part.get(i).fields().putArray(IDS);
      for (int id : ids.get(i)) {
        array.add(id);
      }
      tokens += ids.get(i).length;
    }
  }

  /** Unlike where texts are classified, blank ones are texts. */
  private String text(DataRecord record) {
    JsonNode value = record.fields().path(textColumn);
    return value.isTextual() ? value.textValue() : record.text(textColumn);
  }
}
