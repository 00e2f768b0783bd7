package io.github.lora4j.models.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the records of one data file in order, one at a time, so that a file may be larger than
 * memory. Not thread-safe.
 */
public interface RecordReader extends AutoCloseable {

  /**
   * Opens a JSONL, CSV or TSV file by the ending of its name.
   *
   * @throws DataException if the file cannot be opened or its ending is unknown
   */
  static RecordReader open(Path file) {
    return switch (DataFormat.of(file)) {
      case JSONL -> new JsonlRecordReader(Utf8Lines.open(file));
      case CSV -> new CsvRecordReader(Utf8Lines.open(file), ',');
      case TSV -> new CsvRecordReader(Utf8Lines.open(file), '\t');
    };
  }

  /**
   * All records of a file.
   *
   * @throws DataException if a record cannot be read or the file has none
   */
  static List<DataRecord> readAll(Path file) {
    List<DataRecord> records = new ArrayList<>();
    try (RecordReader reader = open(file)) {
      for (DataRecord record = reader.next(); record != null; record = reader.next()) {
        records.add(record);
      }
    }
    if (records.isEmpty()) {
      throw new DataException(file, "the file has no records");
    }
    return records;
  }

  /**
   * The next record, or null after the last one. Empty lines are skipped.
   *
   * @throws DataException if the record is malformed or is not UTF-8
   */
  DataRecord next();

  @Override
  void close();
}
