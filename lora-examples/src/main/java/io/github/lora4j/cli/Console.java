package io.github.lora4j.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;

/** Where commands write: results to standard output, everything else to standard error. */
final class Console {
  private final PrintStream out;
  private final PrintStream err;
  private final boolean terminal;

  /**
   * @param terminal whether {@code err} is a terminal that can show a progress bar
   */
  Console(PrintStream out, PrintStream err, boolean terminal) {
    this.out = out;
    this.err = err;
    this.terminal = terminal;
  }

  /** Whether standard error is a terminal. */
  boolean terminal() {
    return terminal;
  }

  /** Standard error. */
  PrintStream err() {
    return err;
  }

  /** A line about how it goes. */
  void info(String line) {
    err.println(line);
  }

  /** A piece of text for the user, at once. */
  void print(String piece) {
    out.print(piece);
    out.flush();
  }

  /** Something for the user to read: the output of a command for people, a note beside JSON. */
  void say(boolean json, String line) {
    (json ? err : out).println(line);
  }

  /** The result of a command, as JSON in one line or as lines for people. */
  void result(boolean json, Map<String, Object> result, List<String> lines) {
    if (!json) {
      lines.forEach(out::println);
      return;
    }
    try {
      out.println(new ObjectMapper().writeValueAsString(result));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  PrintWriter outWriter() {
    return new PrintWriter(out, true);
  }

  PrintWriter errWriter() {
    return new PrintWriter(err, true);
  }
}
