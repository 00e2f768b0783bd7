package io.github.lora4j.checkpoint;

import java.net.URISyntaxException;
import java.nio.file.Path;

/** Files made by scripts/fixtures/adapter_files.py. */
public final class GoldenFiles {

  private GoldenFiles() {}

  /** The path of a golden file or folder. */
  public static Path path(String name) {
    try {
      return Path.of(GoldenFiles.class.getResource("/golden/files/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }
}
