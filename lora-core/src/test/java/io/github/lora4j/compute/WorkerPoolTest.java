package io.github.lora4j.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WorkerPoolTest {

  private static void requireAll(int expected, AtomicIntegerArray runs) {
    for (int i = 0; i < runs.length(); i++) {
      assertEquals(expected, runs.get(i), "iteration " + i);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void everyIterationOnce(int threads) {
    try (WorkerPool pool = new WorkerPool(threads)) {
      for (int round = 0; round < 2_000; round++) {
        AtomicIntegerArray runs = new AtomicIntegerArray(round % 23);
        pool.forEach(runs.length(), runs::incrementAndGet);
        requireAll(1, runs);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void rangesCoverAllOnce(int threads) {
    try (WorkerPool pool = new WorkerPool(threads)) {
      for (int count : new int[] {0, 1, 2, 63, 64, 65, 1000}) {
        for (int grain : new int[] {0, 1, 7, 64, 5000}) {
          int wide = grain;
          AtomicIntegerArray runs = new AtomicIntegerArray(count);
          WorkerPool.RangeBody body =
              (from, to) -> {
                assertTrue(to - from >= Math.min(count, wide), from + " to " + to);
                for (int i = from; i < to; i++) {
                  runs.incrementAndGet(i);
                }
              };
          pool.forRanges(count, grain, body);
          requireAll(1, runs);
          AtomicInteger beside = new AtomicInteger();
          pool.forRangesBeside(beside::incrementAndGet, count, grain, body);
          requireAll(2, runs);
          assertEquals(1, beside.get());
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void failureOfTheBodyReachesTheCaller(int threads) {
    try (WorkerPool pool = new WorkerPool(threads)) {
      for (Throwable failure :
          List.of(new IllegalArgumentException("bad"), new OutOfMemoryError("full"))) {
        for (int at : new int[] {0, 7, 99}) {
          Throwable caught =
              assertThrows(Throwable.class, () -> pool.forEach(100, i -> fail(i == at, failure)));
          assertSame(failure, caught);
        }
      }
      AtomicInteger after = new AtomicInteger();
      pool.forEach(50, i -> after.incrementAndGet());
      assertEquals(50, after.get(), "the pool works after a failure");
    }
  }

  private static void fail(boolean now, Throwable failure) {
    if (now && failure instanceof RuntimeException e) {
      throw e;
    } else if (now && failure instanceof Error e) {
      throw e;
    }
  }

  @Test
  void loopsWithinLoops() {
    try (WorkerPool pool = new WorkerPool(3)) {
      for (int round = 0; round < 50; round++) {
        AtomicIntegerArray runs = new AtomicIntegerArray(7 * 5 * 3);
        pool.forEach(
            7,
            i ->
                pool.forEach(
                    5, j -> pool.forEach(3, k -> runs.incrementAndGet((i * 5 + j) * 3 + k))));
        requireAll(1, runs);
      }
    }
  }

  @Test
  void manyCallersAtOnce() throws Exception {
    int callers = 6;
    AtomicIntegerArray runs = new AtomicIntegerArray(40);
    ExecutorService executor = Executors.newFixedThreadPool(callers);
    try (WorkerPool pool = new WorkerPool(3)) {
      List<Future<?>> done = new ArrayList<>();
      for (int c = 0; c < callers; c++) {
        done.add(
            executor.submit(
                () -> {
                  for (int round = 0; round < 300; round++) {
                    pool.forEach(40, runs::incrementAndGet);
                  }
                }));
      }
      for (Future<?> future : done) {
        future.get();
      }
    } finally {
      executor.shutdownNow();
    }
    requireAll(callers * 300, runs);
  }

  @Test
  void interruptionIsKeptForTheCaller() {
    try (WorkerPool pool = new WorkerPool(3)) {
      AtomicInteger runs = new AtomicInteger();
      Thread.currentThread().interrupt();
      pool.forEach(
          20,
          i -> {
            for (int spin = 0; spin < 100_000; spin++) {
              Thread.onSpinWait();
            }
            runs.incrementAndGet();
          });
      assertTrue(Thread.interrupted(), "the flag stays set");
      assertEquals(20, runs.get(), "and the loop is complete");
    }
  }

  @Test
  void atLeastOneThread() {
    assertThrows(IllegalArgumentException.class, () -> new WorkerPool(0));
  }
}
