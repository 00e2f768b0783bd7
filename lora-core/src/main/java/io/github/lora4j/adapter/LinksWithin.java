package io.github.lora4j.adapter;

import io.github.lora4j.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Keeps symbolic links from leading out of a directory; those within it are followed. */
final class LinksWithin {
  private LinksWithin() {}

  /**
   * Checks an adapter's folder and the files of it that are read.
   *
   * @throws CheckpointException naming the link and where it leads
   * @throws IOException if one cannot be looked up
   */
  static void require(Path root, Path folder) throws IOException {
    Path realRoot = root.toRealPath();
    requireWithin(realRoot, folder);
    for (String name : AdapterStamp.NAMES) {
      Path file = folder.resolve(name);
      if (Files.exists(file)) {
        requireWithin(realRoot, file);
      }
    }
  }

  private static void requireWithin(Path realRoot, Path path) throws IOException {
    Path real = path.toRealPath();
    if (!real.startsWith(realRoot)) {
      throw new CheckpointException(
          path.toString(), "is a link to " + real + ", which is outside of " + realRoot);
    }
  }
}
