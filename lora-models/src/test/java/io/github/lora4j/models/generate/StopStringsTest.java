package io.github.lora4j.models.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StopStringsTest {

  @Test
  void acrossTokens() {
    StopStrings stops = new StopStrings(List.of("</s>", "\n\n"));
    assertEquals("a", stops.push("a<"));
    assertEquals("", stops.push("/"));
    assertEquals("</x", stops.push("x"));
    assertEquals("y", stops.push("y\n"));
    assertEquals("\nz", stops.push("z</s"));
    assertEquals("", stops.push("> more"));
    assertTrue(stops.stopped());
    assertEquals("</s>", stops.stop());
    assertThrows(IllegalStateException.class, () -> stops.push("x"));
  }

  @Test
  void longestOfThoseThatEndTogether() {
    StopStrings stops = new StopStrings(List.of("b", "ab", "xab"));
    assertEquals("x", stops.push("xxab"));
    assertEquals("xab", stops.stop());
  }

  @Test
  void whatIsHeldBackComesAtTheEnd() {
    StopStrings stops = new StopStrings(List.of("END"));
    assertEquals("a", stops.push("aEN"));
    assertEquals("EN", stops.finish());
    assertEquals("plain", new StopStrings(List.of()).push("plain"));
    assertThrows(IllegalArgumentException.class, () -> new StopStrings(List.of("")));
  }

  /** However a text is divided, the output ends where the first complete stop string begins. */
  @Test
  void divisionDoesNotMatter() {
    Random random = new Random(5);
    for (int round = 0; round < 3000; round++) {
      List<String> stops = List.of(text(random, 1 + random.nextInt(4)), text(random, 2));
      String text = text(random, 20);
      StopStrings watch = new StopStrings(stops);
      StringBuilder output = new StringBuilder();
      for (int at = 0; at < text.length() && !watch.stopped(); ) {
        int to = Math.min(text.length(), at + 1 + random.nextInt(5));
        output.append(watch.push(text.substring(at, to)));
        at = to;
      }
      output.append(watch.finish());
      assertEquals(expected(text, stops), output.toString(), text + " " + stops);
    }
  }

  private static String expected(String text, List<String> stops) {
    for (int end = 1; end <= text.length(); end++) {
      int from = end;
      for (String stop : stops) {
        if (text.substring(0, end).endsWith(stop)) {
          from = Math.min(from, end - stop.length());
        }
      }
      if (from < end) {
        return text.substring(0, from);
      }
    }
    return text;
  }

  private static String text(Random random, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append((char) ('a' + random.nextInt(3)));
    }
    return text.toString();
  }
}
