package io.github.lora4j.models.hub;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where models come from and where they are kept. The variables are those of huggingface_hub.
 *
 * @param endpoint the hub, without a slash at its end
 * @param cache the folder with one folder for each model
 * @param offline whether no request may be made
 * @param token who asks, for private and gated models; sent to {@code endpoint} only
 */
public record HubEnvironment(URI endpoint, Path cache, boolean offline, Optional<String> token) {
  private static final String DEFAULT_ENDPOINT = "https://huggingface.co";
  private static final Set<String> TRUE = Set.of("1", "ON", "YES", "TRUE");

  /**
   * Checks the endpoint.
   *
   * @throws IllegalArgumentException if it is no HTTP address
   */
  public HubEnvironment {
    String scheme = endpoint.getScheme();
    if (endpoint.getHost() == null || !("http".equals(scheme) || "https".equals(scheme))) {
      throw new IllegalArgumentException(
          "HF_ENDPOINT is '" + endpoint + "', must be an address as " + DEFAULT_ENDPOINT);
    }
  }

  /** That of this process. */
  public static HubEnvironment ofProcess() {
    return of(System.getenv(), Path.of(System.getProperty("user.home")));
  }

  /**
   * Reads {@code HF_ENDPOINT}, {@code HF_HOME}, {@code HF_HUB_CACHE}, {@code HF_HUB_OFFLINE},
   * {@code HF_TOKEN} and {@code HF_TOKEN_PATH}, and what older versions of huggingface_hub call
   * them. Without a token in a variable, that of {@code $HF_HOME/token} is taken.
   *
   * @param variables of the environment
   * @param home the user's folder
   * @throws IllegalArgumentException if the endpoint is no address
   */
  public static HubEnvironment of(Map<String, String> variables, Path home) {
    Variables env = new Variables(variables, home);
    Path cacheHome = env.path("XDG_CACHE_HOME").orElse(home.resolve(".cache"));
    Path hfHome = env.path("HF_HOME").orElse(cacheHome.resolve("huggingface"));
    Path cache =
        env.path("HF_HUB_CACHE")
            .or(() -> env.path("HUGGINGFACE_HUB_CACHE"))
            .orElse(hfHome.resolve("hub"));
    Optional<String> token =
        env.text("HF_TOKEN")
            .or(() -> env.text("HUGGING_FACE_HUB_TOKEN"))
            .or(() -> readToken(env.path("HF_TOKEN_PATH").orElse(hfHome.resolve("token"))));
    boolean offline =
        env.text("HF_HUB_OFFLINE")
            .or(() -> env.text("TRANSFORMERS_OFFLINE"))
            .filter(value -> TRUE.contains(value.toUpperCase(Locale.ROOT)))
            .isPresent();
    String endpoint = env.text("HF_ENDPOINT").orElse(DEFAULT_ENDPOINT).replaceAll("/+$", "");
    return new HubEnvironment(URI.create(endpoint), cache, offline, token);
  }

  private record Variables(Map<String, String> values, Path home) {
    Optional<String> text(String name) {
      return Optional.ofNullable(values.get(name)).map(String::strip).filter(v -> !v.isEmpty());
    }

    Optional<Path> path(String name) {
      return text(name)
          .map(v -> v.startsWith("~/") ? home.resolve(v.substring(2)) : Path.of(v))
          .map(Path::toAbsolutePath);
    }
  }

  private static Optional<String> readToken(Path file) {
    try {
      return Optional.of(Files.readString(file).strip()).filter(token -> !token.isEmpty());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": the token cannot be read (" + e + ")", e);
    }
  }

  /** Without the token, which belongs in no log. */
  @Override
  public String toString() {
    return "HubEnvironment[endpoint="
        + endpoint
        + ", cache="
        + cache
        + ", offline="
        + offline
        + ", token="
        + (token.isPresent() ? "set" : "none")
        + "]";
  }
}
