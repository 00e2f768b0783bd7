package io.github.lora4j.tensor;

/** The two floating-point types of 16 bits that checkpoints hold weights in. */
public enum HalfType {
  /** IEEE 754 half precision: 5 bits of exponent, 10 of fraction; at most 65504. */
  FLOAT16("float16") {
    @Override
    public float widen(short bits) {
      // No branch that goes now this way and now that: scales of small weights are often subnormal.
      int magnitude = (bits & 0x7fff) << 13;
      int wide =
          magnitude < NOT_FINITE
              ? Float.floatToRawIntBits(Float.intBitsToFloat(magnitude) * 0x1p112f)
              : magnitude | 0x7f800000;
      return Float.intBitsToFloat(wide | bits & 0x80000000);
    }

    @Override
    public short narrow(float value) {
      int bits = Float.floatToRawIntBits(value);
      int sign = bits >>> 16 & 0x8000;
      float magnitude = Math.abs(value);
      if (!(magnitude < TOO_LARGE)) {
        return (short) (sign | (magnitude >= TOO_LARGE ? 0x7c00 : 0x7e00));
      }
      if (magnitude < SMALLEST_NORMAL) {
        // In [0.5, 1) neighbours are 2^-24 apart, as subnormal halves are: the addition rounds.
        return (short) (sign | Float.floatToRawIntBits(magnitude + 0.5f) - 0x3f000000);
      }
      int narrow = (bits & 0x7fffffff) - (112 << 23);
      return (short) (sign | narrow + 0xfff + (narrow >> 13 & 1) >> 13);
    }
  },

  /** The upper half of a float32: 8 bits of exponent, 7 of fraction. */
  BFLOAT16("bfloat16") {
    @Override
    public float widen(short bits) {
      return Float.intBitsToFloat(bits << 16);
    }

    @Override
    public short narrow(float value) {
      int bits = Float.floatToRawIntBits(value);
      if (Float.isNaN(value)) {
        // Without the quiet bit, cutting off could leave an infinity.
        return (short) (bits >>> 16 | 0x40);
      }
      return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }
  };

  /** Exponents of float16 that are all ones, where those of float32 are. */
  private static final int NOT_FINITE = 0x7c00 << 13;

  /** The smallest magnitude that rounds to an infinity in float16. */
  private static final float TOO_LARGE = 65520f;

  private static final float SMALLEST_NORMAL = 0x1p-14f;

  private final String id;

  HalfType(String id) {
    this.id = id;
  }

  /** The name in PyTorch and on the command line. */
  public String id() {
    return id;
  }

  /** The value of 16 bits, exactly; of a NaN all bits of the fraction are kept. */
  public abstract float widen(short bits);

  /**
   * Rounds to nearest, ties to even; what is too large becomes an infinity, NaN stays NaN. Java 20
   * has it for float16.
   */
  public abstract short narrow(float value);

  /** True if a value rounds to a finite one. */
  public boolean fits(float value) {
    return Float.isFinite(widen(narrow(value)));
  }
}
