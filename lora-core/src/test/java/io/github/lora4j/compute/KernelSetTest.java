package io.github.lora4j.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class KernelSetTest {

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"", "  "})
  void fastestAvailableUnlessForced(String forced) {
    assertEquals(KernelSets.list().get(0), KernelSet.choose(forced));
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.compute.KernelSets#available")
  void forcedByNameInAnyCase(KernelSet set) {
    assertEquals(set, KernelSet.choose(set.name()));
    assertEquals(set, KernelSet.choose(set.name().toLowerCase(java.util.Locale.ROOT)));
  }

  @Test
  void scalarAndNd4jAreAlwaysThereInTheTests() {
    assertTrue(KernelSet.SCALAR.available());
    assertTrue(KernelSet.ND4J.available());
  }

  @Test
  void unknownName() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> KernelSet.choose("cuda"));
    assertEquals("lora4j.kernels is 'cuda', known are vector, nd4j and scalar", e.getMessage());
  }

  @Test
  void vectorWithoutTheModule() {
    assumeFalse(KernelSet.VECTOR.available(), "the JVM has the Vector API");
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> KernelSet.choose("vector"));
    assertTrue(e.getMessage().contains("--add-modules jdk.incubator.vector"), e.getMessage());
  }
}
