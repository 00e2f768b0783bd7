package io.github.lora4j.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.checkpoint.CheckpointException;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class RegistryRollBackTest {

  @TempDir Path folder;

  private final AdapterRegistry<Object[]> registry =
      new AdapterRegistry<>(adapter -> new Object[] {adapter});

  private Path saved(String directory, float value) {
    Path path = folder.resolve(directory);
    PeftAdapterFiles.save(TestAdapters.filled("any", value), path);
    return path;
  }

  private void assertServes(float value) {
    assertEquals(TestAdapters.filled("a", value), registry.get("a").adapter());
    assertEquals(registry.get("a").adapter(), registry.get("a").form()[0]);
  }

  @Test
  void theVersionBeforeComesBackWithANewNumber() {
    registry.register(TestAdapters.filled("a", 1));
    var none = assertThrows(IllegalStateException.class, () -> registry.rollBack("a"));
    assertEquals("adapter 'a' has no earlier version", none.getMessage());
    long second = registry.replace(TestAdapters.filled("a", 2)).version();
    registry.rollBack("a");
    assertServes(1);
    assertTrue(registry.get("a").version() > second);
    registry.rollBack("a");
    assertServes(2);
    assertThrows(UnknownAdapterException.class, () -> registry.rollBack("b"));
  }

  @Test
  void fromOneDirectoryToAnother() {
    registry.load("a", saved("one", 1));
    registry.replace("a", saved("two", 2));
    assertServes(2);
    assertEquals(0, registry.list().get(0).previousBytes());
    registry.rollBack("a");
    assertServes(1);
    assertEquals(folder.resolve("one"), registry.list().get(0).directory());
  }

  @Test
  void fromADirectoryThatWasOverwritten() {
    registry.load("a", saved("one", 1));
    registry.replace("a", saved("one", 2));
    assertServes(2);
    assertTrue(registry.list().get(0).previousBytes() > 0);
    registry.rollBack("a");
    assertServes(1);
  }

  @Test
  void anEarlierVersionThatIsGoneIsAnErrorAndTheNewOneStays() {
    registry.load("a", saved("one", 1));
    registry.replace("a", saved("two", 2));
    saved("one", 7);
    var gone = assertThrows(CheckpointException.class, () -> registry.rollBack("a"));
    assertTrue(gone.getMessage().contains("one: was written since"), gone.getMessage());
    assertServes(2);
  }

  @Test
  void whatIsForgottenDoesNotComeBack() {
    registry.register(TestAdapters.filled("a", 1));
    registry.replace(TestAdapters.filled("a", 2));
    registry.forgetPrevious("a");
    assertThrows(IllegalStateException.class, () -> registry.rollBack("a"));
    assertServes(2);
    assertFalse(registry.list().get(0).rollsBack());
  }

  @Test
  @Timeout(60)
  void aReplacedFormIsFreedWhenItsLastCallEnds() throws InterruptedException {
    registry.register(TestAdapters.filled("a", 1));
    Object[] call = registry.get("a").form();
    WeakReference<Object[]> form = new WeakReference<>(call);
    registry.replace(TestAdapters.filled("a", 2));
    System.gc();
    assertEquals(TestAdapters.filled("a", 1), call[0]);
    call = null;
    while (form.get() != null) {
      System.gc();
      Thread.sleep(5);
    }
    assertNull(form.get());
    assertServes(2);
  }
}
