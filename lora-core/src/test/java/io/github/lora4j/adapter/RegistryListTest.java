package io.github.lora4j.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class RegistryListTest {

  @Test
  void sizesAndCountersOfEachName() {
    AdapterRegistry<InferenceAdapter> registry = new AdapterRegistry<>(InferenceAdapter::new);
    registry.register(TestAdapters.filled("a", 1));
    registry.register(TestAdapters.filled("b", 1));
    registry.activate("best", "a");
    registry.get("a");
    registry.get("best");
    registry.find("a");
    registry.find("nothing");
    long version = registry.replace(TestAdapters.filled("a", 2)).version();

    List<AdapterStatus> all = registry.list();
    assertEquals(List.of("a", "b"), all.stream().map(AdapterStatus::name).toList());
    AdapterStatus a = all.get(0);
    // Two modules of 2 x 8 and 6 x 2, a head of 3 x 6 and 3, four bytes each.
    long data = 4 * (2 * (16 + 12) + 18 + 3);
    assertEquals(2 * data, a.bytes());
    assertEquals(data, a.previousBytes());
    assertEquals(version, a.version());
    assertEquals(List.of("best"), a.aliases());
    assertTrue(a.resident());
    assertFalse(a.pinned());
    assertNull(a.directory());
    assertTrue(a.rollsBack());
    assertEquals(3, a.calls());
    assertEquals(2, a.loads());
    assertEquals(0, a.evictions());
    assertTrue(
        Duration.between(a.lastUse(), Instant.now()).abs().compareTo(Duration.ofHours(1)) < 0);
    AdapterStatus b = all.get(1);
    assertEquals(0, b.calls());
    assertEquals(1, b.loads());
    assertEquals(0, b.previousBytes());
    assertFalse(b.rollsBack());
    assertFalse(b.lastUse().isAfter(a.lastUse()));
    assertEquals(b.version(), registry.unload("b").version());
  }
}
