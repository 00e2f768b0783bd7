package io.github.lora4j.models.data;

import java.nio.file.Path;
import java.util.Locale;

/** The formats of data files, told apart by the ending of the file's name. */
public enum DataFormat {
  /** One JSON object per line ({@code .jsonl}, {@code .ndjson}). */
  JSONL,
  /** Comma-separated values with a header, quoted as in RFC 4180 ({@code .csv}). */
  CSV,
  /** Tab-separated values with a header, quoted like CSV ({@code .tsv}). */
  TSV;

  /**
   * The format of a file.
   *
   * @throws DataException if the ending is none of the known ones
   */
  public static DataFormat of(Path file) {
    Path last = file.getFileName();
    String name = last == null ? "" : last.toString().toLowerCase(Locale.ROOT);
    String ending = name.substring(name.lastIndexOf('.') + 1);
    return switch (ending) {
      case "jsonl", "ndjson" -> JSONL;
      case "csv" -> CSV;
      case "tsv" -> TSV;
      default -> throw new DataException(file, "expected a name that ends in .jsonl, .csv or .tsv");
    };
  }
}
