package io.github.lora4j.quant.gguf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.checkpoint.Float32Decoder;
import org.junit.jupiter.api.Test;

class HalfTest {
  /** Every half comes back, and what lies between two goes to the nearer, or to the even one. */
  @Test
  void roundsToNearestEven() {
    for (int half = 0; half < 0x7c00; half++) {
      float value = Float32Decoder.halfToFloat((short) half);
      float next = half == 0x7bff ? 65536f : Float32Decoder.halfToFloat((short) (half + 1));
      float middle = (value + next) / 2;
      assertRounds(half, value);
      assertRounds(half, Math.nextDown(middle));
      if (half < 0x7bff) {
        assertRounds(half + (half & 1), middle);
        assertRounds(half + 1, Math.nextUp(middle));
      }
    }
  }

  private static void assertRounds(int half, float value) {
    assertEquals((short) half, Half.fromFloat(value));
    assertEquals((short) (half | 0x8000), Half.fromFloat(-value));
  }

  @Test
  void whatDoesNotFit() {
    assertTrue(Half.fits(Math.nextDown(65520f)));
    assertTrue(Half.fits(-65504f));
    assertFalse(Half.fits(65520f));
    assertFalse(Half.fits(Float.NEGATIVE_INFINITY));
    assertFalse(Half.fits(Float.NaN));
  }
}
