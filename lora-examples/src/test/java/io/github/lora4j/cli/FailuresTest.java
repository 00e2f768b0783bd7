package io.github.lora4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FailuresTest {
  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of(new IOException("No space left on device"), "No space left on device"),
        Arguments.of(new FileSystemException("a/b", null, "Disc is full"), "a/b: Disc is full"),
        Arguments.of(new AccessDeniedException("a/b"), "a/b: permission denied"),
        Arguments.of(
            new UncheckedIOException("x", new AccessDeniedException("a/b")),
            "a/b: permission denied"),
        Arguments.of(new OutOfMemoryError("Java heap space"), "out of memory (Java heap space)"),
        Arguments.of(new UnsatisfiedLinkError("no x in path"), "no x in path"),
        Arguments.of(new IllegalArgumentException("r is 0"), "r is 0"),
        Arguments.of(new IllegalArgumentException("one\n  two\r\nthree"), "one; two; three"),
        Arguments.of(new NullPointerException("x"), "unexpected java.lang.NullPointerException"),
        Arguments.of(new IllegalStateException(), "unexpected java.lang.IllegalStateException"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void everythingEndsAsOneLine(Throwable failure, String words) {
    String err = report(failure, false);
    assertEquals(1, err.lines().count(), err);
    assertTrue(err.startsWith("lora: "), err);
    assertTrue(err.contains(words), err);
  }

  @Test
  void debugAddsTheStackTrace() {
    String err = report(new IOException("full"), true);
    assertTrue(err.contains("\tat "), err);
    assertTrue(err.endsWith("lora: full" + System.lineSeparator()), err);
  }

  private static String report(Throwable failure, boolean debug) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    assertEquals(1, Failures.report(new Console(stream, stream, false), failure, debug));
    return err.toString(StandardCharsets.UTF_8);
  }
}
