package io.github.lora4j.models.jinja;

/** A template that cannot be read or rendered; the message is one line and names the line. */
public final class JinjaException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final boolean located;

  JinjaException(String problem) {
    super(problem);
    this.located = false;
  }

  private JinjaException(int line, JinjaException cause) {
    super("line " + line + ": " + cause.getMessage(), cause);
    this.located = true;
  }

  /** The same problem with the line it was met at, unless it has one already. */
  JinjaException at(int line) {
    return located ? this : new JinjaException(line, this);
  }
}
