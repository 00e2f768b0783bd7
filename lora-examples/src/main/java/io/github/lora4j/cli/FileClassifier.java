package io.github.lora4j.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.lora4j.checkpoint.AtomicFile;
import io.github.lora4j.models.classify.ClassifierAdapter;
import io.github.lora4j.models.classify.Prediction;
import io.github.lora4j.models.classify.TextClassifier;
import io.github.lora4j.models.data.DataException;
import io.github.lora4j.models.data.DataRecord;
import io.github.lora4j.models.data.RecordReader;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.models.tokenizer.TokenBatch;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Classifies the texts of a file with several adapters, a part of the file at a time, in the order
 * of the file. The output appears when it is complete.
 */
final class FileClassifier {
  private static final Logger LOG = LoggerFactory.getLogger(FileClassifier.class);
  private static final int PART = 256;

  private final TextEncoder base;
  private final TextClassifier classifier;
  private final Map<String, ClassifierAdapter> adapters;
  private final String textColumn;
  private final ObjectMapper json = new ObjectMapper();

  FileClassifier(TextEncoder base, Map<String, ClassifierAdapter> adapters, String textColumn) {
    this.base = base;
    this.classifier = new TextClassifier(base);
    this.adapters = adapters;
    this.textColumn = textColumn;
  }

  /**
   * Reads, classifies and writes.
   *
   * @param progress is told how many texts have been classified
   * @return how many there were
   * @throws DataException if a record is malformed, has no text, or has a field named as an adapter
   */
  long classify(Path input, Path output, LongConsumer progress) throws IOException {
    long[] counts = new long[2];
    try (RecordReader reader = RecordReader.open(input)) {
      AtomicFile.write(output, channel -> run(reader, channel, counts, progress, input));
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException e) {
      // A full disk, say: the message of the system does not name the file.
      throw new IOException(output + ": cannot be written (" + e.getMessage() + ")", e);
    }
    if (counts[1] > 0) {
      LOG.warn(
          "{} of {} texts are longer than {} tokens and were cut",
          counts[1],
          counts[0],
          base.tokenizer().maxLength());
    }
    return counts[0];
  }

  private void run(
      RecordReader reader,
      WritableByteChannel channel,
      long[] counts,
      LongConsumer progress,
      Path input)
      throws IOException {
    OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
    for (List<DataRecord> part = next(reader); !part.isEmpty(); part = next(reader)) {
      counts[1] += classify(part, out);
      counts[0] += part.size();
      progress.accept(counts[0]);
    }
    if (counts[0] == 0) {
      throw new DataException(input, "the file has no records");
    }
    out.flush();
  }

  private List<DataRecord> next(RecordReader reader) {
    List<DataRecord> part = new ArrayList<>(PART);
    while (part.size() < PART) {
      DataRecord record = reader.next();
      if (record == null) {
        break;
      }
      for (String name : adapters.keySet()) {
        if (record.fields().has(name)) {
          throw new DataException(
              record.file(),
              record.line(),
              "has a field '" + name + "', the name of an adapter; use another NAME=DIR");
        }
      }
      part.add(record);
    }
    return part;
  }

  /** Writes one line for each record and returns how many texts were cut. */
  private int classify(List<DataRecord> part, OutputStream out) throws IOException {
    List<String> texts = part.stream().map(record -> record.text(textColumn)).toList();
    TokenBatch tokens = base.tokenizer().encodeBatch(texts);
    for (String name : adapters.keySet()) {
      List<Prediction> predictions = classifier.predictTokens(tokens.ids(), adapters.get(name));
      for (int i = 0; i < predictions.size(); i++) {
        ObjectNode answer = part.get(i).fields().putObject(name);
        answer.put("label", predictions.get(i).label());
        answer.put("score", predictions.get(i).score());
      }
    }
    for (DataRecord record : part) {
      out.write(json.writeValueAsBytes(record.fields()));
      out.write('\n');
    }
    return tokens.cut();
  }
}
