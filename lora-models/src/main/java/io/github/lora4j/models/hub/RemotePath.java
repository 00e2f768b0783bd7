package io.github.lora4j.models.hub;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/** A path that a server or a user names, with {@code /} between its parts. */
final class RemotePath {
  private static final int MAX_LENGTH = 1024;

  private RemotePath() {}

  /** True if it stays below the folder that it is resolved in, on every operating system. */
  static boolean isSafe(String path) {
    if (path.isEmpty() || path.length() > MAX_LENGTH) {
      return false;
    }
    boolean plain =
        path.chars().noneMatch(c -> c < ' ' || c == 127 || "\\:*?\"<>|".indexOf(c) >= 0);
    return plain
        && Arrays.stream(path.split("/", -1))
            .noneMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."));
  }

  /** Below a folder, part by part. */
  static Path below(Path folder, String path) {
    Path below = folder;
    for (String part : path.split("/")) {
      below = below.resolve(part);
    }
    return below;
  }

  /** For a URL, part by part. */
  static String encode(String path) {
    return Arrays.stream(path.split("/"))
        .map(RemotePath::encodePart)
        .collect(Collectors.joining("/"));
  }

  /** For a URL, as one part. */
  static String encodePart(String part) {
    return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
