package io.github.lora4j.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryBudgetTest {
  @ParameterizedTest
  @CsvSource({"1k, 1024", "800m, 838860800", "2g, 2147483648", "2G, 2147483648", "' 3M ', 3145728"})
  void unitsAreBinary(String text, long bytes) {
    assertEquals(bytes, MemoryBudget.parse(text).bytes());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "m", "800", "-1m", "1.5g", "2gb", "0m", "999999999999g", "1t"})
  void anythingElseIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> MemoryBudget.parse(text));
  }

  @Test
  void thePeakIsThatOfLoadingOrOfTraining() {
    RuntimeMemory runtime = new RuntimeMemory(100, 200, 0.5);
    MemoryEstimate training = MemoryEstimate.of(10, 0, 20, 30, 40, 0, 50, runtime);
    assertEquals(100 + 10 + 50, training.loading());
    assertEquals(200 + 150, training.total());
    MemoryEstimate loading = MemoryEstimate.of(10, 0, 20, 30, 40, 0, 500, runtime);
    assertEquals(610, loading.total());
    assertTrue(new MemoryBudget(350).fits(training));
    assertFalse(new MemoryBudget(349).fits(training));
  }

  @Test
  void wordsAreRoundedUp() {
    assertEquals("1 MB", MemoryBudget.words(1));
    assertEquals("2 MB", MemoryBudget.words(2 << 20));
  }
}
