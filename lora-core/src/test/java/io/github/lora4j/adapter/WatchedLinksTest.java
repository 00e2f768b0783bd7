package io.github.lora4j.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Links in a watched directory: those that stay in it are followed, others are not. */
class WatchedLinksTest {
  @TempDir Path root;
  @TempDir Path elsewhere;

  private final AdapterRegistry<LoraAdapter> registry = AdapterRegistry.unbound();
  private final List<String> skipped = new CopyOnWriteArrayList<>();

  @BeforeEach
  void writeBoth() throws IOException {
    PeftAdapterFiles.save(TestAdapters.filled("x", 1), root.resolve("here"));
    PeftAdapterFiles.save(TestAdapters.filled("x", 2), elsewhere.resolve("there"));
  }

  private static void link(Path from, Path to) {
    try {
      Files.createSymbolicLink(from, to);
    } catch (IOException | UnsupportedOperationException e) {
      assumeTrue(false, "no symbolic links on this file system");
    }
  }

  /** What is there at the start is handled before the watcher is there. */
  private List<String> served() {
    AdapterWatchListener listener =
        new AdapterWatchListener() {
          @Override
          public void skipped(String name, Path directory, RuntimeException reason) {
            skipped.add(reason.getMessage());
          }
        };
    AdapterDirectoryWatcher.start(registry, root, Duration.ofHours(1), listener).close();
    return registry.names();
  }

  @Test
  void aFolderOutside() throws IOException {
    link(root.resolve("out"), elsewhere.resolve("there"));
    assertEquals(List.of("here"), served());
    assertEquals(
        List.of(
            root.resolve("out")
                + ": is a link to "
                + elsewhere.resolve("there").toRealPath()
                + ", which is outside of "
                + root.toRealPath()),
        skipped);
  }

  @Test
  void aFileOutside() throws IOException {
    Path folder = Files.createDirectory(root.resolve("mixed"));
    Files.copy(root.resolve("here/adapter_config.json"), folder.resolve("adapter_config.json"));
    Path target = elsewhere.resolve("there/adapter_model.safetensors");
    link(folder.resolve("adapter_model.safetensors"), target);
    assertEquals(List.of("here"), served());
    assertEquals(1, skipped.size());
    assertEquals(
        folder.resolve("adapter_model.safetensors")
            + ": is a link to "
            + target.toRealPath()
            + ", which is outside of "
            + root.toRealPath(),
        skipped.get(0));
  }

  @Test
  void aFolderWithin() {
    link(root.resolve("again"), Path.of("here"));
    served();
    assertEquals(List.of(), skipped);
    assertEquals(TestAdapters.filled("again", 1), registry.get("again").form());
  }
}
