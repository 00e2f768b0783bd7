package io.github.lora4j.cli;

import io.github.lora4j.adapter.UnknownAdapterException;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.models.chat.ChatTemplateException;
import io.github.lora4j.models.data.DataException;
import io.github.lora4j.models.hub.HubException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine.ParameterException;

/** Turns whatever went wrong into one line on standard error and an exit status. */
final class Failures {
  static final int FAILURE = 1;
  static final int USAGE = 2;

  private Failures() {}

  /** Wrong usage. */
  static int reportUsage(Console console, ParameterException e) {
    String command = e.getCommandLine().getCommandSpec().qualifiedName();
    console.info("lora: " + oneLine(e.getMessage()) + " (see " + command + " --help)");
    return USAGE;
  }

  /** Anything else. */
  static int report(Console console, Throwable e, boolean debug) {
    if (debug) {
      e.printStackTrace(console.err());
    }
    console.info("lora: " + oneLine(describe(e)));
    return FAILURE;
  }

  /** What went wrong, in words. */
  static String describe(Throwable e) {
    if (e instanceof OutOfMemoryError) {
      long megabytes = Runtime.getRuntime().maxMemory() >> 20;
      return "out of memory ("
          + e.getMessage()
          + "); the heap may grow to "
          + megabytes
          + " MB, LORA_JAVA_OPTS=-Xmx8g allows more";
    }
    if (e instanceof LinkageError) {
      return "a library cannot be loaded: " + e;
    }
    if (e instanceof UncheckedIOException && e.getCause() instanceof FileSystemException cause) {
      return describe(cause);
    }
    if (e instanceof FileSystemException failure) {
      return failure.getFile() + ": " + reason(failure);
    }
    boolean expected =
        e instanceof DataException
            || e instanceof CheckpointException
            || e instanceof HubException
            || e instanceof ChatTemplateException
            || e instanceof UnknownAdapterException
            || e instanceof UncheckedIOException
            || e instanceof IOException
            || e instanceof IllegalArgumentException
            || e instanceof IllegalStateException;
    return expected && e.getMessage() != null
        ? e.getMessage()
        : "unexpected " + e + "; --debug shows where";
  }

  private static String reason(FileSystemException e) {
    if (e instanceof NoSuchFileException) {
      return "no such file or folder";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileAlreadyExistsException) {
      return "is there already and is not a folder";
    }
    return e.getReason() == null ? e.toString() : e.getReason();
  }

  private static String oneLine(String message) {
    return message.strip().replaceAll("\\s*\\R\\s*", "; ");
  }
}
