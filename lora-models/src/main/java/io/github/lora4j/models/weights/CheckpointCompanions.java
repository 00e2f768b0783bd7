package io.github.lora4j.models.weights;

import io.github.lora4j.checkpoint.AtomicFile;
import io.github.lora4j.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** The files of a checkpoint beside its weights: configuration, tokenizer, chat template. */
public final class CheckpointCompanions {
  private static final Pattern COPIED = Pattern.compile(".*\\.(json|txt|model|jinja|md)|LICENSE.*");
  private static final Pattern INDEX = Pattern.compile(".*\\.index\\.json");

  private CheckpointCompanions() {}

  /**
   * Copies them.
   *
   * @param to created if it is missing
   * @throws CheckpointException if one cannot be read or written
   */
  public static void copy(Path from, Path to) {
    try {
      Files.createDirectories(to);
      try (DirectoryStream<Path> files = Files.newDirectoryStream(from, Files::isRegularFile)) {
        for (Path file : files) {
          String name = file.getFileName().toString();
          if (COPIED.matcher(name).matches() && !INDEX.matcher(name).matches()) {
            AtomicFile.write(to.resolve(name), Files.readAllBytes(file));
          }
        }
      }
    } catch (IOException e) {
      throw new CheckpointException(to.toString(), "cannot be written: " + e, e);
    }
  }
}
