package io.github.lora4j.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryBudgetTest {

  private static final long ONE = TestAdapters.filled("any", 1).byteSize();

  @TempDir Path folder;

  /** Room for two adapters and a bit. */
  private final AdapterRegistry<LoraAdapter> registry =
      new AdapterRegistry<>(adapter -> adapter, 2 * ONE + ONE / 2);

  private Path saved(String name, float value) {
    Path directory = folder.resolve(name);
    PeftAdapterFiles.save(TestAdapters.filled(name, value), directory);
    return directory;
  }

  private void load(String... names) {
    for (String name : names) {
      registry.load(name, saved(name, name.charAt(0)));
    }
  }

  private List<String> resident() {
    return registry.list().stream()
        .filter(AdapterStatus::resident)
        .map(AdapterStatus::name)
        .toList();
  }

  private void assertServes(String name) {
    assertEquals(TestAdapters.filled(name, name.charAt(0)), registry.get(name).form());
  }

  @Test
  void theLeastRecentlyUsedLeavesAndComesBack() {
    load("a", "b");
    BoundAdapter<LoraAdapter> first = registry.get("a");
    load("c");
    assertEquals(List.of("a", "c"), resident());
    assertServes("b");
    assertEquals(List.of("b", "c"), resident());
    assertServes("a");
    assertEquals(List.of("a", "b"), resident());
    assertEquals(first.version(), registry.get("a").version(), "read back, it is the same version");
    assertEquals(List.of("a", "b", "c"), registry.names());

    AdapterStatus a = registry.list().get(0);
    assertEquals(2, a.loads());
    assertEquals(1, a.evictions());
    assertEquals(3, a.calls());
    assertSame(registry.get("a"), registry.get("a"));
  }

  @Test
  void pinnedOnesStay() {
    load("a", "b");
    registry.pin("a", true);
    load("c", "d");
    assertEquals(List.of("a", "d"), resident());
    registry.pin("c", true);
    assertEquals(List.of("a", "c"), resident());
    // No room for it: it serves its call and is not kept.
    assertServes("b");
    assertEquals(List.of("a", "c"), resident());
    IllegalStateException over =
        assertThrows(IllegalStateException.class, () -> registry.pin("b", true));
    assertTrue(over.getMessage().contains("over the budget of"), over.getMessage());
    registry.pin("a", false);
    assertServes("b");
    assertEquals(List.of("b", "c"), resident());
  }

  @Test
  void whatCannotBeReadBackStays() throws IOException {
    registry.register(TestAdapters.filled("memory", 1));
    load("a", "b");
    assertEquals(List.of("memory", "b"), resident());
    Files.writeString(folder.resolve("b").resolve("adapter_config.json"), "{ damaged");
    assertServes("a");
    assertEquals(List.of("memory", "b"), resident());
    assertServes("b");
  }

  @Test
  void overTheBudgetIsAnErrorAndChangesNothing() {
    registry.register(TestAdapters.filled("x", 1));
    registry.register(TestAdapters.filled("y", 1));
    var over =
        assertThrows(
            IllegalStateException.class, () -> registry.register(TestAdapters.filled("z", 1)));
    assertTrue(over.getMessage().startsWith("adapter 'z' takes " + ONE + " bytes"));
    assertEquals(List.of("x", "y"), registry.names());
    assertThrows(IllegalStateException.class, () -> registry.replace(TestAdapters.filled("x", 2)));
    assertEquals(TestAdapters.filled("x", 1), registry.get("x").form());

    var tiny = new AdapterRegistry<LoraAdapter>(adapter -> adapter, ONE - 1);
    assertThrows(IllegalStateException.class, () -> tiny.load("a", saved("a", 1)));
    assertEquals(List.of(), tiny.names());
    assertThrows(IllegalArgumentException.class, () -> new AdapterRegistry<LoraAdapter>(a -> a, 0));
  }

  @Test
  void filesWrittenSinceAreANewVersion() {
    load("a", "b", "c");
    long version = registry.list().get(0).version();
    saved("a", 77);
    assertEquals(TestAdapters.filled("a", 77), registry.get("a").form());
    assertTrue(registry.get("a").version() > version);
  }

  @Test
  void filesThatAreGoneAreAnErrorOfThatAdapterAlone() throws IOException {
    load("a", "b", "c");
    Path lost = folder.resolve("a").resolve(PeftAdapterFiles.WEIGHTS_FILE_NAME);
    byte[] weights = Files.readAllBytes(lost);
    Files.delete(lost);
    assertThrows(CheckpointException.class, () -> registry.get("a"));
    assertServes("b");
    assertServes("c");
    Files.write(lost, weights);
    assertServes("a");
  }

  @Test
  void theFormCountsAsMuchAsTheData() {
    var bound = new AdapterRegistry<>(InferenceAdapter::new, 4 * ONE);
    for (String name : List.of("a", "b", "c")) {
      bound.load(name, saved(name, 1));
    }
    assertEquals(2, bound.list().stream().filter(AdapterStatus::resident).count());
  }
}
