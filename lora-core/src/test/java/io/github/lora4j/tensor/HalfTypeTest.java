package io.github.lora4j.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lora4j.checkpoint.SafetensorsFile;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Widening and rounding as torch does them; the golden files are those of halves.py. */
class HalfTypeTest {
  private static Path golden(String name) {
    try {
      return Path.of(HalfTypeTest.class.getResource("/golden/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @EnumSource
  void allNumbersAreWidenedAsThePeerDoes(HalfType type) throws IOException {
    ByteBuffer values = ByteBuffer.allocate(4 << 16).order(ByteOrder.LITTLE_ENDIAN);
    for (int bits = 0; bits < 1 << 16; bits++) {
      float value = type.widen((short) bits);
      values.putFloat(Float.isNaN(value) ? 0f : value);
    }
    CRC32 crc = new CRC32();
    crc.update(values.array());
    long expected =
        new ObjectMapper()
            .readTree(golden("halves.json").toFile())
            .get("crc")
            .get(type.id())
            .asLong();
    assertEquals(expected, crc.getValue());
  }

  @ParameterizedTest
  @EnumSource
  void valuesAreRoundedAsThePeerDoes(HalfType type) {
    try (SafetensorsFile file = SafetensorsFile.open(golden("halves.safetensors"))) {
      float[] values = file.readFloat32("values");
      ByteBuffer expected = file.bytes(type.id());
      assertTrue(values.length > 10_000);
      for (int i = 0; i < values.length; i++) {
        short wanted = expected.getShort(2 * i);
        assertEquals(wanted, type.narrow(values[i]), values[i] + " in " + type);
        assertEquals(Float.isFinite(type.widen(wanted)), type.fits(values[i]));
      }
    }
  }

  /** Every number comes back, and what lies between two goes to the nearer, or to the even one. */
  @ParameterizedTest
  @EnumSource
  void roundsToNearestEven(HalfType type) {
    int infinity = type == HalfType.FLOAT16 ? 0x7c00 : 0x7f80;
    for (int bits = 0; bits < infinity; bits++) {
      float value = type.widen((short) bits);
      assertRounds(type, bits, value);
      if (bits + 1 < infinity) {
        float middle = value / 2 + type.widen((short) (bits + 1)) / 2;
        assertRounds(type, bits, Math.nextDown(middle));
        assertRounds(type, bits + (bits & 1), middle);
        assertRounds(type, bits + 1, Math.nextUp(middle));
      }
    }
  }

  private static void assertRounds(HalfType type, int bits, float value) {
    assertEquals((short) bits, type.narrow(value));
    assertEquals((short) (bits | 0x8000), type.narrow(-value));
  }

  @Test
  void whatDoesNotFit() {
    assertTrue(HalfType.FLOAT16.fits(Math.nextDown(65520f)));
    assertTrue(HalfType.FLOAT16.fits(-65504f));
    assertFalse(HalfType.FLOAT16.fits(65520f));
    assertTrue(HalfType.BFLOAT16.fits(3.39e38f));
    assertFalse(HalfType.BFLOAT16.fits(-Float.MAX_VALUE));
    for (HalfType type : HalfType.values()) {
      assertFalse(type.fits(Float.NEGATIVE_INFINITY));
      assertFalse(type.fits(Float.NaN));
      assertTrue(Float.isNaN(type.widen(type.narrow(Float.NaN))));
      assertTrue(Float.isNaN(type.widen(type.narrow(Float.intBitsToFloat(0x7f800001)))));
    }
  }
}
