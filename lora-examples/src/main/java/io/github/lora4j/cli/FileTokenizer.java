package io.github.lora4j.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.github.lora4j.checkpoint.AtomicFile;
import io.github.lora4j.models.data.DataException;
import io.github.lora4j.models.data.DataRecord;
import io.github.lora4j.models.data.RecordReader;
import io.github.lora4j.models.tokenizer.TextTokenizer;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Tokenizes the texts of a file, a part of the file at a time, in the order of the file. The output
 * appears when it is complete.
 */
final class FileTokenizer {
  private static final int PART = 1024;
  private static final String IDS = "ids";

  private final TextTokenizer tokenizer;
  private final String textColumn;
  private final boolean addSpecialTokens;
  private final ObjectMapper json = new ObjectMapper();
  private long texts;
  private long tokens;

  FileTokenizer(TextTokenizer tokenizer, String textColumn, boolean addSpecialTokens) {
    this.tokenizer = tokenizer;
    this.textColumn = textColumn;
    this.addSpecialTokens = addSpecialTokens;
  }

  /** Texts so far. */
  long texts() {
    return texts;
  }

  /** Their tokens. */
  long tokens() {
    return tokens;
  }

  /**
   * Reads, tokenizes and writes.
   *
   * @param progress is told how many texts have been tokenized
   * @throws DataException if a record is malformed, has no text, or has a field named ids
   */
  void tokenize(Path input, Path output, LongConsumer progress) throws IOException {
    try (RecordReader reader = RecordReader.open(input)) {
      AtomicFile.write(output, channel -> run(reader, channel, progress, input));
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException e) {
      // A full disk, say: the message of the system does not name the file.
      throw new IOException(output + ": cannot be written (" + e.getMessage() + ")", e);
    }
  }

  private void run(
      RecordReader reader, WritableByteChannel channel, LongConsumer progress, Path input)
      throws IOException {
    OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
    for (List<DataRecord> part = next(reader); !part.isEmpty(); part = next(reader)) {
      write(part, out);
      texts += part.size();
      progress.accept(texts);
    }
    if (texts == 0) {
      throw new DataException(input, "the file has no records");
    }
    out.flush();
  }

  private static List<DataRecord> next(RecordReader reader) {
    List<DataRecord> part = new ArrayList<>(PART);
    while (part.size() < PART) {
      DataRecord record = reader.next();
      if (record == null) {
        break;
      }
      if (record.fields().has(IDS)) {
        throw new DataException(record.file(), record.line(), "has a field '" + IDS + "' already");
      }
      part.add(record);
    }
    return part;
  }

  private void write(List<DataRecord> part, OutputStream out) throws IOException {
    List<String> list = part.stream().map(this::text).toList();
    List<int[]> ids = tokenizer.encodeBatch(list, addSpecialTokens);
    for (int i = 0; i < part.size(); i++) {
      ArrayNode array = part.get(i).fields().putArray(IDS);
      for (int id : ids.get(i)) {
        array.add(id);
      }
      tokens += ids.get(i).length;
      out.write(json.writeValueAsBytes(part.get(i).fields()));
      out.write('\n');
    }
  }

  /** Unlike where texts are classified, blank ones are texts. */
  private String text(DataRecord record) {
    JsonNode value = record.fields().path(textColumn);
    return value.isTextual() ? value.textValue() : record.text(textColumn);
  }
}
