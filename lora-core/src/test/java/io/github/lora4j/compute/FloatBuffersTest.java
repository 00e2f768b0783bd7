package io.github.lora4j.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

class FloatBuffersTest {

  @Test
  void longEnoughAndNotMuchLonger() {
    FloatBuffers buffers = new FloatBuffers();
    for (int length = 0; length < 5000; length++) {
      int got = buffers.borrow(length).length;
      assertTrue(got >= length, got + " for " + length);
      assertTrue(got <= Math.max(64, length * 1.25 + 1), got + " for " + length);
    }
  }

  @Test
  void aReturnedArrayIsUsedAgain() {
    FloatBuffers buffers = new FloatBuffers();
    for (int length : new int[] {0, 1, 64, 65, 79, 80, 81, 1000, 4097}) {
      float[] first = buffers.borrow(length);
      buffers.release(first);
      assertSame(first, buffers.borrow(length), "length " + length);
    }
  }

  @Test
  void aLentArrayIsNotLentAgain() {
    FloatBuffers buffers = new FloatBuffers();
    float[] first = buffers.borrow(100);
    float[] second = buffers.borrow(100);
    assertNotSame(first, second);
    buffers.release(first);
    buffers.release(second);
    assertNotSame(buffers.borrow(100), buffers.borrow(100));
  }

  @Test
  void holdsLittleMoreThanWasLentAtATime() {
    FloatBuffers buffers = new FloatBuffers();
    borrowAtRandom(buffers, () -> buffers.peakBytes() * 9 / 8);
  }

  @Test
  void holdsNoMoreThanWasReserved() {
    FloatBuffers buffers = new FloatBuffers();
    buffers.reserve(new int[] {1 << 16, 1 << 16});
    borrowAtRandom(buffers, () -> Math.max(buffers.peakBytes(), 2 * FloatBuffers.bytes(1 << 16)));
  }

  private static void borrowAtRandom(FloatBuffers buffers, LongSupplier most) {
    SplittableRandom random = new SplittableRandom(1);
    for (int round = 0; round < 200; round++) {
      List<float[]> lent = new ArrayList<>();
      int longest = 1 + random.nextInt(1 << 16);
      for (int i = 0; i < 20; i++) {
        lent.add(buffers.borrow(1 + random.nextInt(longest)));
      }
      lent.forEach(buffers::release);
      assertTrue(buffers.heldBytes() <= most.getAsLong());
    }
  }

  @Test
  void reservedArraysAreLent() {
    FloatBuffers buffers = new FloatBuffers();
    buffers.reserve(new int[] {100, 5000, 5000});
    assertEquals(0, buffers.peakBytes());
    long held = buffers.heldBytes();
    assertEquals(FloatBuffers.bytes(100) + 2 * FloatBuffers.bytes(5000), held);
    buffers.borrow(5000);
    buffers.borrow(4000);
    buffers.borrow(99);
    assertEquals(held, buffers.heldBytes());
    assertEquals(held, buffers.peakBytes());
  }

  @Test
  void noTwoThreadsShareAnArray() throws Exception {
    FloatBuffers buffers = new FloatBuffers();
    ExecutorService executor = Executors.newFixedThreadPool(4);
    try {
      List<Future<Integer>> collisions = new ArrayList<>();
      for (int t = 1; t <= 4; t++) {
        int mark = t;
        collisions.add(executor.submit(() -> collisions(buffers, mark)));
      }
      for (Future<Integer> count : collisions) {
        assertEquals(0, count.get());
      }
    } finally {
      executor.shutdownNow();
    }
  }

  private static int collisions(FloatBuffers buffers, int mark) {
    SplittableRandom random = new SplittableRandom(mark);
    int found = 0;
    for (int round = 0; round < 20_000; round++) {
      int length = 1 + random.nextInt(200);
      float[] buffer = buffers.borrow(length);
      buffer[0] = mark;
      buffer[length - 1] = mark;
      Thread.onSpinWait();
      if (buffer[0] != mark || buffer[length - 1] != mark) {
        found++;
      }
      buffers.release(buffer);
    }
    return found;
  }
}
