package io.github.lora4j.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lora4j.checkpoint.AtomicFile;
import io.github.lora4j.models.data.DataException;
import io.github.lora4j.models.data.DataRecord;
import io.github.lora4j.models.data.RecordReader;
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
 * Writes the records of a file as JSONL with more fields, a part of the file at a time, in the
 * order of the file. The output appears when it is complete. For one file.
 */
final class RecordRewriter {
  /** What is added to the records. */
  interface Fields {
    /** How many records are looked at together. */
    int together();

    /**
     * Looks at a record when it has been read.
     *
     * @throws DataException if a field that would be added is there already
     */
    void check(DataRecord record);

    /**
     * Adds the fields to each of these records.
     *
     * @throws DataException if one cannot be used
     */
    void add(List<DataRecord> part);
  }

  private static final long GARBAGE = 256 << 20;

  private final Fields fields;
  private final LongConsumer progress;
  private final ObjectMapper json = new ObjectMapper();
  private final GarbageLimit garbage = new GarbageLimit(GARBAGE);
  private long done;

  /**
   * @param progress is told how many records are done
   */
  RecordRewriter(Fields fields, LongConsumer progress) {
    this.fields = fields;
    this.progress = progress;
  }

  /**
   * Reads, adds and writes.
   *
   * @return how many records there were
   * @throws DataException if a record is malformed or cannot be used, or there is none
   */
  long rewrite(Path input, Path output) throws IOException {
    try (RecordReader reader = RecordReader.open(input)) {
      AtomicFile.write(output, channel -> write(reader, channel, input));
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException e) {
      // A full disk, say: the message of the system does not name the file.
      throw new IOException(output + ": cannot be written (" + e.getMessage() + ")", e);
    }
    return done;
  }

  private void write(RecordReader reader, WritableByteChannel channel, Path input)
      throws IOException {
    OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
    for (List<DataRecord> part = next(reader); !part.isEmpty(); part = next(reader)) {
      fields.add(part);
      for (DataRecord record : part) {
        out.write(json.writeValueAsBytes(record.fields()));
        out.write('\n');
      }
      done += part.size();
      progress.accept(done);
      garbage.check();
    }
    if (done == 0) {
      throw new DataException(input, "the file has no records");
    }
    out.flush();
  }

  private List<DataRecord> next(RecordReader reader) {
    List<DataRecord> part = new ArrayList<>(fields.together());
    while (part.size() < fields.together()) {
      DataRecord record = reader.next();
      if (record == null) {
        break;
      }
      fields.check(record);
      part.add(record);
    }
    return part;
  }
}
