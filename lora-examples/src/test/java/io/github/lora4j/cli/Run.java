package io.github.lora4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What a command of the command line left behind. */
record Run(int status, String out, String err) {
  static Run of(Object... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    String[] strings = List.of(args).stream().map(Object::toString).toArray(String[]::new);
    int status =
        Main.run(
            strings,
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    return new Run(
        status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** The JSON object that a successful command printed, and nothing beside it. */
  JsonNode json() {
    assertEquals(0, status, err);
    assertEquals(1, out.lines().count(), out);
    try {
      JsonNode node = new ObjectMapper().readTree(out);
      assertTrue(node.isObject(), out);
      return node;
    } catch (IOException e) {
      throw new UncheckedIOException(out, e);
    }
  }

  /** Asserts that the command did what it was asked for. */
  Run succeeds() {
    assertEquals(0, status, err);
    return this;
  }

  /** Asserts that the command failed with this status and said why in one line with these words. */
  Run fails(int expected, String... words) {
    assertEquals(expected, status, err);
    assertEquals("", out);
    List<String> errors = err.lines().filter(line -> line.startsWith("lora: ")).toList();
    assertEquals(1, errors.size(), err);
    assertEquals(errors.get(0), err.lines().toList().get((int) err.lines().count() - 1));
    assertTrue(err.lines().noneMatch(line -> line.startsWith("\tat ")), err);
    for (String word : words) {
      assertTrue(errors.get(0).contains(word), () -> "no '" + word + "' in " + errors.get(0));
    }
    return this;
  }
}
