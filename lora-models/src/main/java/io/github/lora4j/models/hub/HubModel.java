package io.github.lora4j.models.hub;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What to download, written as {@code owner/name}, {@code owner/name@revision}, {@code
 * owner/name:FILE.gguf} or {@code owner/name@revision:FILE.gguf}.
 *
 * @param id {@code owner/name}
 * @param revision a branch, a tag or a commit
 * @param gguf a GGUF file of the repository; none means the safetensors checkpoint
 */
public record HubModel(String id, String revision, Optional<String> gguf) {
  /** The revision that is meant if none is named. */
  public static final String MAIN = "main";

  private static final int MAX_ID_LENGTH = 96;
  private static final String NAME = "[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?";
  private static final Pattern ID = Pattern.compile(NAME + "/" + NAME);
  private static final Pattern WHOLE = Pattern.compile("([^@:]+)(?:@([^@:]+))?(?::([^:]+))?");
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

  /**
   * Checks the parts.
   *
   * @throws IllegalArgumentException if one is not allowed
   */
  public HubModel {
    boolean fits = id.length() <= MAX_ID_LENGTH && ID.matcher(id).matches();
    if (!fits || id.contains("--") || id.contains("..") || id.endsWith(".git")) {
      throw new IllegalArgumentException("'" + id + "' is no owner/name of a model");
    }
    if (!RemotePath.isSafe(revision)) {
      throw new IllegalArgumentException("'" + revision + "' is no revision of a model");
    }
    gguf.ifPresent(
        file -> {
          if (!RemotePath.isSafe(file) || !file.endsWith(".gguf")) {
            throw new IllegalArgumentException("'" + file + "' is no name of a GGUF file");
          }
        });
  }

  /**
   * Reads what a user wrote.
   *
   * @return nothing if it is not of one of the forms
   */
  public static Optional<HubModel> parse(String text) {
    Matcher parts = WHOLE.matcher(text);
    if (!parts.matches()) {
      return Optional.empty();
    }
    String revision = parts.group(2) == null ? MAIN : parts.group(2);
    try {
      return Optional.of(
          new HubModel(parts.group(1), revision, Optional.ofNullable(parts.group(3))));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** True for a whole commit id, which always means the same files. */
  boolean isCommit() {
    return isCommit(revision);
  }

  static boolean isCommit(String text) {
    return COMMIT.matcher(text).matches();
  }

  /** As a user writes it. */
  @Override
  public String toString() {
    String at = revision.equals(MAIN) ? "" : "@" + revision;
    return id + at + gguf.map(file -> ":" + file).orElse("");
  }
}
