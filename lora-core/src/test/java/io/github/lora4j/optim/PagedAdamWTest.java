package io.github.lora4j.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bit for bit {@link AdamW}, with moments in a file. */
class PagedAdamWTest {
  private static final int[] SIZES = {7, 20_000, 1, 50_003};
  private static final long BYTES = 8 * (7 + 20_000 + 1 + 50_003);
  private static final int STEPS = 5;

  @TempDir Path folder;

  private static List<Parameter> parameters() {
    Random random = new Random(3);
    List<Parameter> parameters = new ArrayList<>();
    for (int size : SIZES) {
      Parameter parameter = new Parameter("p" + parameters.size(), Tensor.zeros(size));
      fill(parameter.value().data(), random);
      parameters.add(parameter);
    }
    return parameters;
  }

  private static void fill(float[] values, Random random) {
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
  }

  private static void step(Optimizer optimizer, int step) {
    Random random = new Random(step);
    optimizer.parameters().forEach(p -> fill(p.grad().data(), random));
    optimizer.step(0.01 / (step + 1));
  }

  private static void assertSameBits(Optimizer expected, Optimizer actual) {
    assertEquals(expected.steps(), actual.steps());
    for (int i = 0; i < SIZES.length; i++) {
      assertArrayEquals(
          expected.parameters().get(i).value().toArray(),
          actual.parameters().get(i).value().toArray());
      for (int j = 0; j < 2; j++) {
        StateTensor wanted = expected.state(i).get(j);
        StateTensor tensor = actual.state(i).get(j);
        assertEquals(wanted.name(), tensor.name());
        assertEquals(wanted.shape(), tensor.shape());
        assertEquals(wanted.dtype(), tensor.dtype());
        assertArrayEquals(StateBytes.of(wanted), StateBytes.of(tensor));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 8 * 7, 8 * (7 + 20_000), BYTES - 1, BYTES, Long.MAX_VALUE})
  void sameBitsAsInMemory(long budget) throws IOException {
    AdamW expected = new AdamW(parameters(), AdamWConfig.DEFAULT);
    // Segments that neither chunks nor parameters fill.
    try (PagedAdamW paged =
        new PagedAdamW(parameters(), AdamWConfig.DEFAULT, folder, budget, 9_999)) {
      assertEquals(budget >= BYTES, paged.pagedBytes() == 0);
      assertTrue(BYTES - paged.pagedBytes() <= budget);
      for (int step = 0; step < STEPS; step++) {
        step(expected, step);
        step(paged, step);
      }
      assertSameBits(expected, paged);
    }
    assertEmpty(folder);
  }

  @Test
  void continuesFromTheStateOfAdamW() {
    AdamW expected = new AdamW(parameters(), AdamWConfig.DEFAULT);
    List<Parameter> parts = parameters();
    AdamW first = new AdamW(parts, AdamWConfig.DEFAULT);
    for (int step = 0; step < STEPS; step++) {
      step(expected, step);
      step(first, step);
    }
    try (PagedAdamW second = new PagedAdamW(parts, AdamWConfig.DEFAULT, folder, 100)) {
      assertEquals(first.stateFormat(), second.stateFormat());
      for (int i = 0; i < SIZES.length; i++) {
        for (int j = 0; j < 2; j++) {
          byte[] saved = StateBytes.of(first.state(i).get(j));
          second
              .state(i)
              .get(j)
              .values()
              .put(0, ByteBuffer.wrap(saved).order(ByteOrder.LITTLE_ENDIAN));
        }
      }
      second.restoreSteps(first.steps());
      step(expected, STEPS);
      step(second, STEPS);
      assertSameBits(expected, second);
    }
  }

  @Test
  void withinTheBudgetNothingIsWritten() throws IOException {
    Path missing = folder.resolve("missing");
    try (PagedAdamW paged = new PagedAdamW(parameters(), AdamWConfig.DEFAULT, missing, BYTES)) {
      step(paged, 0);
    }
    assertEmpty(folder);
  }

  @Test
  void aMissingFolderIsMade() throws IOException {
    Path missing = folder.resolve("a/b");
    new PagedAdamW(parameters(), AdamWConfig.DEFAULT, missing, 0).close();
    assertEmpty(missing);
  }

  @Test
  void refusesUseAfterClose() {
    PagedAdamW paged = new PagedAdamW(parameters(), AdamWConfig.DEFAULT, folder, 0);
    paged.close();
    paged.close();
    IllegalStateException e = assertThrows(IllegalStateException.class, () -> paged.step(1));
    assertEquals("the optimizer was closed", e.getMessage());
  }

  @Test
  void refusesANegativeBudget() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> new PagedAdamW(parameters(), AdamWConfig.DEFAULT, folder, -1));
    assertEquals("the memory budget is -1 bytes, must be at least 0", e.getMessage());
  }

  @Test
  void aFullDiskIsOneError() throws IOException {
    UncheckedIOException e =
        assertThrows(
            UncheckedIOException.class,
            () -> PageFile.create(folder, Long.MAX_VALUE, PagedAdamW.SEGMENT));
    String message = e.getMessage();
    assertTrue(message.contains("cannot be kept in " + folder + ": "), message);
    assertTrue(message.contains(Long.MAX_VALUE + " bytes are needed there, "), message);
    assertEmpty(folder);
  }

  @Test
  void aFolderThatIsAFileIsOneError() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    assertRefused(file);
    assertRefused(file.resolve("below"));
  }

  @Test
  void aFolderThatIsNotWritableIsOneError() {
    Path closed = folder.resolve("closed");
    assumeFalse(!closed.toFile().mkdir() || !closed.toFile().setWritable(false));
    assumeFalse(Files.isWritable(closed), "may write anywhere");
    assertRefused(closed);
  }

  private static void assertRefused(Path folder) {
    UncheckedIOException e =
        assertThrows(
            UncheckedIOException.class,
            () -> new PagedAdamW(parameters(), AdamWConfig.DEFAULT, folder, 0));
    assertTrue(e.getMessage().contains("cannot be kept in " + folder + ": "), e.getMessage());
  }

  private static void assertEmpty(Path folder) throws IOException {
    try (var entries = Files.list(folder)) {
      assertEquals(List.of(), entries.toList());
    }
  }
}
