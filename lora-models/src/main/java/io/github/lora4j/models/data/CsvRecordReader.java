package io.github.lora4j.models.data;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/** CSV or TSV with a header line; quoted values may span lines. */
final class CsvRecordReader implements RecordReader {

  private final Utf8Lines lines;
  private final CSVParser parser;
  private final Iterator<CSVRecord> records;
  private List<String> header;
  private long line = 1;

  CsvRecordReader(Utf8Lines lines, char delimiter) {
    this.lines = lines;
    // Empty lines are kept by the parser and dropped here, for their line numbers.
    CSVFormat format =
        CSVFormat.RFC4180.builder().setDelimiter(delimiter).setIgnoreEmptyLines(false).get();
    try {
      parser = CSVParser.builder().setReader(new LinesReader(lines)).setFormat(format).get();
    } catch (IOException e) {
      throw new DataException(lines.file(), "cannot be read (" + e.getMessage() + ")", e);
    }
    records = parser.iterator();
  }

  @Override
  public DataRecord next() {
    if (header == null) {
      CSVRecord first = nextRecord();
      if (first == null) {
        return null;
      }
      header = header(first);
    }
    CSVRecord record = nextRecord();
    if (record == null) {
      return null;
    }
    if (record.size() != header.size()) {
      throw new DataException(
          lines.file(),
          line,
          "has " + record.size() + " columns but the header has " + header.size());
    }
    ObjectNode fields = JsonNodeFactory.instance.objectNode();
    for (int i = 0; i < header.size(); i++) {
      fields.put(header.get(i), record.get(i));
    }
    return new DataRecord(lines.file(), line, fields);
  }

  private List<String> header(CSVRecord record) {
    Set<String> names = new LinkedHashSet<>();
    for (String name : record) {
      if (!names.add(name.strip())) {
        throw new DataException(
            lines.file(), line, "the header has the column '" + name.strip() + "' twice");
      }
    }
    return List.copyOf(names);
  }

  /** The next record that is not an empty line, or null; sets {@link #line} to where it starts. */
  private CSVRecord nextRecord() {
    while (true) {
      line = parser.getCurrentLineNumber() + 1;
      try {
        if (!records.hasNext()) {
          return null;
        }
        CSVRecord record = records.next();
        if (record.size() > 1 || !record.get(0).isBlank()) {
          return record;
        }
      } catch (UncheckedIOException | IllegalStateException e) {
        String problem = e.getCause() == null ? e.getMessage() : e.getCause().getMessage();
        throw new DataException(
            lines.file(), line, "not valid CSV: " + problem.lines().findFirst().orElse(""), e);
      }
    }
  }

  @Override
  public void close() {
    lines.close();
  }

  /** Lets the CSV parser read characters from checked lines. */
  private static final class LinesReader extends Reader {

    private final Utf8Lines lines;
    private String current = "";
    private int position;

    LinesReader(Utf8Lines lines) {
      this.lines = lines;
    }

    @Override
    public int read(char[] target, int from, int count) {
      if (position == current.length()) {
        current = lines.next();
        position = 0;
        if (current == null) {
          current = "";
          return -1;
        }
      }
      int n = Math.min(count, current.length() - position);
      current.getChars(position, position + n, target, from);
      position += n;
      return n;
    }

    @Override
    public void close() {
      lines.close();
    }
  }
}
