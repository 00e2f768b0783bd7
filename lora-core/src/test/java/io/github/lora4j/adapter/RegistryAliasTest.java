package io.github.lora4j.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RegistryAliasTest {

  private final AdapterRegistry<LoraAdapter> registry = AdapterRegistry.unbound();
  private BoundAdapter<LoraAdapter> second;
  private BoundAdapter<LoraAdapter> third;

  @BeforeEach
  void twoVersionsUnderNamesOfTheirOwn() {
    second = registry.register(TestAdapters.filled("sentiment-v2", 2));
    third = registry.register(TestAdapters.filled("sentiment-v3", 3));
    registry.activate("sentiment", "sentiment-v2");
  }

  @Test
  void anAliasLeadsToOneAdapterAndBack() {
    assertSame(second, registry.get("sentiment"));
    registry.activate("sentiment", "sentiment-v3");
    assertSame(third, registry.get("sentiment"));
    assertEquals(Map.of("sentiment", "sentiment-v3"), registry.aliases());
    registry.rollBack("sentiment");
    assertSame(second, registry.get("sentiment"));
    registry.rollBack("sentiment");
    assertSame(third, registry.get("sentiment"));
    assertEquals(List.of("sentiment-v2", "sentiment-v3"), registry.names());
    registry.removeAlias("sentiment");
    assertThrows(UnknownAdapterException.class, () -> registry.get("sentiment"));
    assertEquals(Map.of(), registry.aliases());
  }

  @Test
  void activatingTheSameAgainKeepsTheWayBack() {
    registry.activate("sentiment", "sentiment-v3");
    registry.activate("sentiment", "sentiment-v3");
    registry.rollBack("sentiment");
    assertSame(second, registry.get("sentiment"));
  }

  @Test
  void anAliasFollowsTheReplacedAdapter() {
    var fresh = registry.replace(TestAdapters.filled("sentiment-v2", 9));
    assertSame(fresh, registry.get("sentiment"));
  }

  @Test
  void whatAnAliasLeadsToIsNotUnloaded() {
    var inUse = assertThrows(IllegalStateException.class, () -> registry.unload("sentiment-v2"));
    assertEquals(
        "adapter 'sentiment-v2' is in use: [sentiment] lead to it; activate others first",
        inUse.getMessage());
    assertSame(second, registry.get("sentiment"));
    registry.activate("sentiment", "sentiment-v3");
    registry.unload("sentiment-v2");
    var gone = assertThrows(IllegalStateException.class, () -> registry.rollBack("sentiment"));
    assertTrue(gone.getMessage().endsWith("adapter 'sentiment-v2' is unloaded"), gone.getMessage());
    assertSame(third, registry.get("sentiment"));
  }

  @Test
  void namesOfAdaptersAndAliasesAreKeptApart() {
    var alias =
        assertThrows(
            IllegalArgumentException.class,
            () -> registry.register(TestAdapters.filled("sentiment", 1)));
    assertEquals(
        "'sentiment' is an alias of adapter 'sentiment-v2', not an adapter", alias.getMessage());
    assertThrows(
        IllegalArgumentException.class,
        () -> registry.replace(TestAdapters.filled("sentiment", 1)));
    assertThrows(IllegalArgumentException.class, () -> registry.unload("sentiment"));
    assertThrows(
        IllegalArgumentException.class, () -> registry.activate("sentiment-v3", "sentiment-v2"));
    assertThrows(IllegalArgumentException.class, () -> registry.activate("mood", "sentiment"));
    assertThrows(UnknownAdapterException.class, () -> registry.activate("mood", "nothing"));
    assertThrows(UnknownAdapterException.class, () -> registry.removeAlias("sentiment-v2"));
    var nowhere = assertThrows(IllegalStateException.class, () -> registry.rollBack("sentiment"));
    assertTrue(nowhere.getMessage().endsWith("it led nowhere else"), nowhere.getMessage());
    assertSame(second, registry.get("sentiment"));
  }
}
