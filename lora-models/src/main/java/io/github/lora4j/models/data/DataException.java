package io.github.lora4j.models.data;

import java.nio.file.Path;

/** A data file that cannot be used; the message is one line that names the file and the line. */
public final class DataException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** A problem of the file as a whole. */
  public DataException(Path file, String problem) {
    super(file + ": " + problem);
  }

  /** A problem at a line, counted from 1. */
  public DataException(Path file, long line, String problem) {
    super(file + ", line " + line + ": " + problem);
  }

  DataException(Path file, String problem, Throwable cause) {
    super(file + ": " + problem, cause);
  }

  DataException(Path file, long line, String problem, Throwable cause) {
    super(file + ", line " + line + ": " + problem, cause);
  }
}
