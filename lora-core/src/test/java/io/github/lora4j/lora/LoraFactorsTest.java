package io.github.lora4j.lora;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.tensor.Tensor;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LoraFactorsTest {
  private static final int R = 16;
  private static final int IN = 400;
  private static final int OUT = 300;

  private static LoraFactors.Factors init(LoraInit init) {
    return LoraFactors.init(init, R, IN, OUT, 42, "layer");
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"LOFTQ", "EVA", "PISSA", "PISSA_NITER", "OLORA"})
  void shapesAndSeeds(LoraInit init) {
    LoraFactors.Factors factors = init(init);
    assertArrayEquals(new int[] {R, IN}, factors.a().shape());
    assertArrayEquals(new int[] {OUT, R}, factors.b().shape());
    assertArrayEquals(factors.a().toArray(), init(init).a().toArray());
    assertArrayEquals(factors.b().toArray(), init(init).b().toArray());
    LoraFactors.Factors other = LoraFactors.init(init, R, IN, OUT, 43, "layer");
    assertFalse(Arrays.equals(factors.a().toArray(), other.a().toArray()));
  }

  @Test
  void startsThatNeedMoreThanShapesAreRefusedByName() {
    for (LoraInit init :
        new LoraInit[] {
          LoraInit.LOFTQ, LoraInit.EVA, LoraInit.PISSA, LoraInit.PISSA_NITER, LoraInit.OLORA
        }) {
      String message = assertThrows(IllegalArgumentException.class, () -> init(init)).getMessage();
      assertTrue(message.toLowerCase(Locale.ROOT).contains(init.value().toString()), message);
    }
  }

  @Test
  void kaimingIsUniformInItsBounds() {
    LoraFactors.Factors factors = init(LoraInit.KAIMING);
    // kaiming_uniform_ with a = sqrt 5: the bound is 1 / sqrt(in), its deviation bound / sqrt 3.
    assertUniform(factors.a(), 1 / Math.sqrt(IN));
    assertArrayEquals(new float[OUT * R], factors.b().toArray());
  }

  @Test
  void randomIsUniformInBothFactors() {
    LoraFactors.Factors factors = init(LoraInit.RANDOM);
    assertUniform(factors.a(), 1 / Math.sqrt(IN));
    assertUniform(factors.b(), 1 / Math.sqrt(R));
  }

  @Test
  void gaussianHasADeviationOfOneOverR() {
    LoraFactors.Factors factors = init(LoraInit.GAUSSIAN);
    assertEquals(1.0 / R, deviation(factors.a()), 0.03 / R);
    assertTrue(max(factors.a()) > 2.5 / R, "not uniform");
    assertArrayEquals(new float[OUT * R], factors.b().toArray());
  }

  @Test
  void orthogonalStartsNeutralWithBothFactorsSet() {
    LoraFactors.Factors factors = init(LoraInit.ORTHOGONAL);
    // Each row of A is a unit vector's share of in values of deviation 0.1.
    double expected = 0.1 * Math.sqrt(0.5);
    assertEquals(expected, deviation(factors.a()), 0.05 * expected);
    assertEquals(expected, deviation(factors.b()), 0.05 * expected);
    for (int o = 0; o < OUT; o++) {
      for (int i = 0; i < IN; i++) {
        double sum = 0;
        for (int j = 0; j < R; j++) {
          sum += (double) factors.b().get(o, j) * factors.a().get(j, i);
        }
        assertEquals(0, sum, 1e-7, "BA[" + o + ", " + i + "]");
      }
    }
  }

  @Test
  void orthogonalNeedsAnEvenRank() {
    assertMessage(
        "r is 3, must be even for orthogonal initialisation (layer q)",
        () -> LoraFactors.init(LoraInit.ORTHOGONAL, 3, 8, 8, 0, "q"));
  }

  @Test
  void theRankMustFit() {
    assertMessage(
        "r is 9, must be from 1 to min(in, out) = 8 (layer q, 12 x 8)",
        () -> LoraFactors.init(LoraInit.KAIMING, 9, 8, 12, 0, "q"));
    assertMessage(
        "r is 0, must be from 1 to min(in, out) = 8 (layer q, 8 x 8)",
        () -> LoraFactors.init(LoraInit.GAUSSIAN, 0, 8, 8, 0, "q"));
    assertEquals(8, LoraFactors.init(LoraInit.KAIMING, 8, 8, 12, 0, "q").a().rows());
  }

  private static void assertUniform(Tensor values, double bound) {
    double max = max(values);
    assertTrue(max <= bound && max > 0.98 * bound, max + " of " + bound);
    assertEquals(bound / Math.sqrt(3), deviation(values), 0.03 * bound);
  }

  private static double max(Tensor values) {
    double max = 0;
    for (float value : values.toArray()) {
      max = Math.max(max, Math.abs(value));
    }
    return max;
  }

  private static double deviation(Tensor values) {
    double sum = 0;
    for (float value : values.toArray()) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum / values.size());
  }

  private static void assertMessage(String message, Runnable action) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, action::run).getMessage());
  }
}
