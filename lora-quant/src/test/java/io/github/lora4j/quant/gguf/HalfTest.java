package io.github.lora4j.quant.gguf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lora4j.tensor.HalfType;
import org.junit.jupiter.api.Test;

class HalfTest {
  /** All numbers of 16 bits, NaN with all its bits. */
  @Test
  void widensAsHalfType() {
    for (int i = 0; i < 1 << 16; i++) {
      byte[] bytes = {0, (byte) i, (byte) (i >> 8)};
      int expected = Float.floatToRawIntBits(HalfType.FLOAT16.widen((short) i));
      assertEquals(expected, Float.floatToRawIntBits(Half.get(bytes, 1)));
    }
  }
}
