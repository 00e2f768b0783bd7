package io.github.lora4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.models.hub.HubEnvironment;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdapterPathTest {
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  @TempDir Path folder;

  private Path resolve(String place) {
    PrintStream nowhere = new PrintStream(new ByteArrayOutputStream());
    HubEnvironment offline =
        new HubEnvironment(
            URI.create("http://127.0.0.1:1"), folder.resolve("hub"), true, Optional.empty());
    return AdapterPath.resolve(new Console(nowhere, nowhere, false), offline, place);
  }

  @Test
  void aFolderComesBeforeTheHub() {
    // Relative to where the tests run, and of the form of an adapter on the hub.
    assertTrue(Files.isDirectory(Path.of("src/main")));
    assertEquals(Path.of("src/main"), resolve("src/main"));
    assertEquals("main", AdapterPath.nameOf("src/main"));
    String missing = folder.resolve("missing").toString();
    assertEquals(Path.of(missing), resolve(missing), "and the reader says that it is missing");
  }

  @Test
  void anAdapterOfTheHubHasTheNameOfItsRepository() throws IOException {
    Path repository = folder.resolve("hub/models--acme--mood-v1");
    Path snapshot = repository.resolve("snapshots").resolve(COMMIT);
    Files.createDirectories(snapshot);
    for (String file : List.of("adapter_config.json", "adapter_model.safetensors")) {
      Files.writeString(snapshot.resolve(file), "{}");
    }
    Files.createDirectories(repository.resolve("refs"));
    Files.writeString(repository.resolve("refs/main"), COMMIT);
    assertEquals(snapshot, resolve("acme/mood-v1"));
    assertEquals(snapshot, resolve("acme/mood-v1@" + COMMIT));
    assertEquals("mood-v1", AdapterPath.nameOf("acme/mood-v1@" + COMMIT));
    assertEquals(new NamedAdapter("m", "acme/mood-v1"), converted("m=acme/mood-v1"));
    assertEquals(new NamedAdapter("mood-v1", "acme/mood-v1"), converted("acme/mood-v1"));
  }

  private static NamedAdapter converted(String value) {
    return new NamedAdapterConverter().convert(value);
  }

  @Test
  void whatIsNowhereIsOneLine() {
    var e = assertThrows(IllegalArgumentException.class, () -> resolve("target/answers"));
    assertEquals(e.getMessage(), Failures.describe(e));
    assertTrue(
        e.getMessage()
            .startsWith(
                "no folder 'target/answers', and no such adapter on the hub: target/answers:"
                    + " HF_HUB_OFFLINE is set, and it is not in the cache "),
        e.getMessage());
  }
}
