package io.github.lora4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.models.hub.HubEnvironment;
import io.github.lora4j.models.hub.HubException;
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

class ModelPathTest {
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  @TempDir Path folder;

  private ModelPath resolve(String model) {
    PrintStream nowhere = new PrintStream(new ByteArrayOutputStream());
    HubEnvironment offline =
        new HubEnvironment(
            URI.create("http://127.0.0.1:1"), folder.resolve("hub"), true, Optional.empty());
    return ModelPath.resolve(new Console(nowhere, nowhere, false), offline, model);
  }

  @Test
  void theEmbeddedModelHasNoPath() {
    assertEquals(new ModelPath("minilm", Optional.empty()), resolve("minilm"));
  }

  @Test
  void aFolderComesBeforeTheHub() {
    // Relative to where the tests run, and of the form of a model on the hub.
    assertTrue(Files.isDirectory(Path.of("src/main")));
    assertEquals(new ModelPath("src/main", Optional.of(Path.of("src/main"))), resolve("src/main"));
  }

  @Test
  void aModelOfTheHubHasTheNameOfItsRepository() throws IOException {
    Path repository = folder.resolve("hub/models--acme--tiny");
    Path snapshot = repository.resolve("snapshots").resolve(COMMIT);
    Files.createDirectories(snapshot);
    for (String file : List.of("config.json", "tokenizer.json", "model.safetensors")) {
      Files.writeString(snapshot.resolve(file), "{}");
    }
    Files.createDirectories(repository.resolve("refs"));
    Files.writeString(repository.resolve("refs/v1"), COMMIT);
    ModelPath expected = new ModelPath("acme/tiny", Optional.of(snapshot));
    assertEquals(expected, resolve("acme/tiny@v1"));
    assertEquals(expected, resolve("acme/tiny@" + COMMIT));
    HubException e = assertThrows(HubException.class, () -> resolve("acme/tiny"));
    assertTrue(e.getMessage().startsWith("acme/tiny: HF_HUB_OFFLINE is set"), e.getMessage());
    assertEquals(e.getMessage(), Failures.describe(e));
  }
}
