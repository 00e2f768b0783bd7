package io.github.lora4j.models.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** One JSON object per line. */
final class JsonlRecordReader implements RecordReader {

  // Numbers keep their digits, so that a field is written again as it was read.
  private static final ObjectReader JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build()
          .readerFor(JsonNode.class);

  private final Utf8Lines lines;

  JsonlRecordReader(Utf8Lines lines) {
    this.lines = lines;
  }

  @Override
  public DataRecord next() {
    for (String line = lines.next(); line != null; line = lines.next()) {
      if (!line.isBlank()) {
        return new DataRecord(lines.file(), lines.number(), parse(line));
      }
    }
    return null;
  }

  private ObjectNode parse(String line) {
    try {
      JsonNode node = JSON.readValue(line);
      if (node instanceof ObjectNode fields) {
        return fields;
      }
      throw new DataException(
          lines.file(), lines.number(), "expected a JSON object but found " + node.getNodeType());
    } catch (JsonProcessingException e) {
      String where = e.getLocation() == null ? "" : " at column " + e.getLocation().getColumnNr();
      String problem = e.getOriginalMessage().lines().findFirst().orElse("unreadable");
      throw new DataException(
          lines.file(), lines.number(), "not valid JSON" + where + ": " + problem, e);
    }
  }

  @Override
  public void close() {
    lines.close();
  }
}
