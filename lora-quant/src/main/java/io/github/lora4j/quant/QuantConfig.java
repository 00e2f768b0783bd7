package io.github.lora4j.quant;

/**
 * How weights are packed in 4 bits.
 *
 * @param type the 16 values
 * @param blockSize weights that share a scale: a power of two from 32 to 4096
 * @param doubleQuant if the scales are themselves quantized to 8 bits, in blocks of 256, which
 *     saves 0.37 bits per weight at a block size of 64
 */
public record QuantConfig(QuantType type, int blockSize, boolean doubleQuant) {
  /** Scales that share a scale of their own. */
  static final int NESTED_BLOCK = 256;

  /** The paper's setting: NF4, blocks of 64, double quantization. */
  public static final QuantConfig NF4 = new QuantConfig(QuantType.NF4, 64, true);

  /** Checks the block size. */
  public QuantConfig {
    requireBlockSize(blockSize);
  }

  /** Bytes that codes and scales of a matrix take in memory, as {@link FourBitMatrix#bytes}. */
  public long bytes(int out, int in) {
    return 4 * Strips.length(out, in) + StripScales.bytes(this, out, in);
  }

  static void requireBlockSize(int blockSize) {
    if (blockSize < 32 || blockSize > 4096 || Integer.bitCount(blockSize) != 1) {
      throw new IllegalArgumentException(
          "block size " + blockSize + " must be 32, 64, 128, 256, 512, 1024, 2048 or 4096");
    }
  }
}
