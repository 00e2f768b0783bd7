package io.github.lora4j.checkpoint;

/**
 * A checkpoint file is missing, damaged or does not fit what it is used for. The message is one
 * line that names the file and, where they apply, the tensor and the offset.
 */
public final class CheckpointException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** A problem of a whole file. */
  public CheckpointException(String source, String problem) {
    super(source + ": " + problem);
  }

  /** A problem of a whole file, with what caused it. */
  public CheckpointException(String source, String problem, Throwable cause) {
    super(source + ": " + problem, cause);
  }

  /** A problem of one tensor of a file. */
  public CheckpointException(String source, String tensor, String problem) {
    super(source + ": tensor '" + tensor + "': " + problem);
  }

  /** The same, with what it came from. */
  public CheckpointException(String source, String tensor, String problem, Throwable cause) {
    super(source + ": tensor '" + tensor + "': " + problem, cause);
  }

  /**
   * A problem of one tensor of a file, at a place.
   *
   * @param offset bytes from the start of the file
   */
  public CheckpointException(String source, String tensor, long offset, String problem) {
    super(source + ": tensor '" + tensor + "' at byte " + offset + ": " + problem);
  }
}
