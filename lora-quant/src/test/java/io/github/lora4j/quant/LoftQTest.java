package io.github.lora4j.quant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.compute.WorkerPool;
import io.github.lora4j.linalg.TruncatedSvd;
import io.github.lora4j.lora.LoraFactors;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class LoftQTest {
  private static final WorkerPool POOL = new WorkerPool(1);

  private static float[] random(long seed, int count) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** The norm of W - Q - scaling BA; without an update if the scaling is 0. */
  private static double left(float[] w, LoftQ.Start start, double scaling) {
    float[] q = start.weights().dequantize();
    float[] a = start.factors().a().data();
    float[] b = start.factors().b().data();
    int r = start.factors().a().rows();
    int in = start.weights().in();
    double sum = 0;
    for (int i = 0; i < w.length; i++) {
      double update = 0;
      for (int k = 0; k < r; k++) {
        update += (double) b[i / in * r + k] * a[k * in + i % in];
      }
      sum += Math.pow(w[i] - q[i] - scaling * update, 2);
    }
    return Math.sqrt(sum);
  }

  /** The start brings the layer nearer to W with any scaling between 0 and 2, the most with 1. */
  @Property(tries = 40)
  void nearerThanThePlainQuantization(
      @ForAll QuantType type,
      @ForAll boolean doubleQuant,
      @ForAll @IntRange(min = 2, max = 40) int out,
      @ForAll @IntRange(min = 2, max = 90) int in,
      @ForAll @IntRange(max = 39) int rankSeed,
      @ForAll @DoubleRange(min = 0.05, max = 1.95) double scaling,
      @ForAll long seed) {
    int r = 1 + rankSeed % Math.min(out, in);
    Quantizer quantizer = new Quantizer(new QuantConfig(type, 64, doubleQuant));
    float[] w = random(seed, out * in);
    LoftQ.Start start = LoftQ.init(POOL, quantizer, w, out, in, r, 1);
    double plain = left(w, start, 0);
    assertTrue(left(w, start, scaling) < plain);
    assertTrue(left(w, start, 1) <= left(w, start, scaling));
    assertTrue(left(w, start, 2) >= plain * (1 - 1e-5), "a scaling of 2 gains nothing");
  }

  /** Eckart-Young: what remains is what the largest r singular values do not hold. */
  @Property(tries = 30)
  void theBestOfItsRank(
      @ForAll @IntRange(min = 2, max = 40) int out,
      @ForAll @IntRange(min = 2, max = 90) int in,
      @ForAll @IntRange(max = 39) int rankSeed,
      @ForAll long seed) {
    int smaller = Math.min(out, in);
    int r = 1 + rankSeed % smaller;
    float[] w = random(seed, out * in);
    LoftQ.Start start = LoftQ.init(POOL, new Quantizer(QuantConfig.NF4), w, out, in, r, 1);
    float[] residual = start.weights().dequantize();
    for (int i = 0; i < residual.length; i++) {
      residual[i] = w[i] - residual[i];
    }
    double[] s = TruncatedSvd.of(residual, out, in, smaller).s();
    double rest = 0;
    for (int i = r; i < smaller; i++) {
      rest += s[i] * s[i];
    }
    assertEquals(Math.sqrt(rest), left(w, start, 1), 1e-5 * left(w, start, 0));
  }

  /** More iterations come nearer, as in the paper; the first leaves the weights as they were. */
  @Test
  void iterations() {
    float[] w = random(3, 96 * 128);
    Quantizer quantizer = new Quantizer(QuantConfig.NF4);
    LoftQ.Start one = LoftQ.init(POOL, quantizer, w, 96, 128, 8, 1);
    LoftQ.Start five = LoftQ.init(POOL, quantizer, w, 96, 128, 8, 5);
    assertArrayEquals(quantizer.quantize(POOL, w, 96, 128).packed(), one.weights().packed());
    assertTrue(
        left(w, five, 1) < 0.98 * left(w, one, 1), left(w, five, 1) + ", " + left(w, one, 1));
  }

  @Test
  void theSameBitsWithAnyNumberOfThreads() {
    float[] w = random(4, 100 * 75);
    Quantizer quantizer = new Quantizer(QuantConfig.NF4);
    LoftQ.Start one = LoftQ.init(POOL, quantizer, w, 100, 75, 4, 3);
    try (WorkerPool three = new WorkerPool(3)) {
      LoftQ.Start again = LoftQ.init(three, quantizer, w, 100, 75, 4, 3);
      assertArrayEquals(one.weights().packed(), again.weights().packed());
      assertArrayEquals(one.factors().a().data(), again.factors().a().data(), 0f);
      assertArrayEquals(one.factors().b().data(), again.factors().b().data(), 0f);
    }
  }

  @Test
  void refusesWhatCannotStart() {
    Quantizer quantizer = new Quantizer(QuantConfig.NF4);
    float[] w = random(5, 64 * 64);
    assertThrows(
        IllegalArgumentException.class, () -> LoftQ.init(POOL, quantizer, w, 64, 64, 4, 0));
    assertThrows(
        IllegalArgumentException.class, () -> LoftQ.init(POOL, quantizer, w, 64, 64, 65, 1));
    assertThrows(
        IllegalArgumentException.class,
        () -> LoftQ.factors(quantizer.quantize(POOL, w, 64, 64), new float[64], 4));
    Quantizer plain = new Quantizer(new QuantConfig(QuantType.NF4, 64, false));
    float[] exact = plain.quantize(POOL, w, 64, 64).dequantize();
    var e =
        assertThrows(
            IllegalArgumentException.class, () -> LoftQ.init(POOL, plain, exact, 64, 64, 4, 1));
    assertTrue(e.getMessage().contains("nothing of rank 4"), e.getMessage());
    LoraFactors.Factors fits = LoftQ.factors(plain.quantize(POOL, w, 64, 64), w, 4);
    assertEquals(4, fits.a().rows());
  }
}
