package io.github.lora4j.cli;

import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.train.Trainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Keeps commands from filling a directory that is somebody else's. */
final class OutputDirectory {
  private static final List<String> OURS =
      List.of(PeftAdapterFiles.WEIGHTS_FILE_NAME, Trainer.STATE_FILE, Trainer.METRICS_FILE);
  private static final int NAMED = 3;

  private OutputDirectory() {}

  /**
   * Checks that a directory is missing, empty, or of an earlier training.
   *
   * @throws IllegalArgumentException if it is anything else; nothing was changed
   */
  static void requireUsable(Path directory) {
    if (!exists(directory)) {
      return;
    }
    if (OURS.stream().anyMatch(name -> Files.exists(directory.resolve(name)))) {
      return;
    }
    try (Stream<Path> entries = Files.list(directory)) {
      List<String> names =
          entries.map(path -> path.getFileName().toString()).sorted().limit(NAMED).toList();
      if (!names.isEmpty()) {
        throw new IllegalArgumentException(
            directory
                + " holds other files ("
                + String.join(", ", names)
                + "); choose a new or empty folder, or that of an earlier training");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  /**
   * Checks that a directory is missing or empty.
   *
   * @throws IllegalArgumentException if it is anything else; nothing was changed
   */
  static void requireEmpty(Path directory) throws IOException {
    if (!exists(directory)) {
      return;
    }
    try (Stream<Path> entries = Files.list(directory)) {
      if (entries.findAny().isPresent()) {
        throw new IllegalArgumentException(
            directory + " is not empty; choose a new or empty folder");
      }
    }
  }

  private static boolean exists(Path directory) {
    if (Files.exists(directory) && !Files.isDirectory(directory)) {
      throw new IllegalArgumentException(directory + " is a file, not a folder to write into");
    }
    return Files.exists(directory);
  }
}
