package io.github.lora4j.names;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestNamesTest {

  private static final List<String> NAMES =
      List.of(
          "layer.0.attention.query", "layer.0.attention.key", "layer.1.attention.query", "head");

  @Test
  void comparesLastSegmentsAndNamesEachOnce() {
    assertEquals(
        List.of("layer.0.attention.query", "layer.0.attention.key"),
        NearestNames.of("qurey", NAMES, 2));
    assertEquals(List.of("layer.0.attention.key"), NearestNames.of("atention.key", NAMES, 1));
    assertEquals(List.of("head"), NearestNames.of("heads", NAMES, 1));
  }

  @Test
  void handlesEmptyAndVeryLongNames() {
    assertEquals(List.of(), NearestNames.of("x", List.of(), 3));
    assertEquals(3, NearestNames.of("", NAMES, 10).size());
    assertEquals(1, NearestNames.of("x".repeat(100_000), List.of("y".repeat(100_000)), 1).size());
  }
}
