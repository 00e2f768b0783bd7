package io.github.lora4j.quant;

/**
 * Values quantized to the signed dynamic 8-bit type, block by block, as bitsandbytes' {@code
 * quantize_blockwise} does.
 *
 * @param codes one byte per value
 * @param absmax the largest magnitude of each block
 * @param blockSize values in a block
 */
public record EightBitBlocks(byte[] codes, float[] absmax, int blockSize) {
  /** Quantizes finite values. */
  public static EightBitBlocks quantize(float[] values, int blockSize) {
    byte[] codes = new byte[values.length];
    float[] absmax = new float[(values.length + blockSize - 1) / blockSize];
    for (int b = 0; b < absmax.length; b++) {
      int from = b * blockSize;
      int to = Math.min(values.length, from + blockSize);
      float largest = 0f;
      for (int i = from; i < to; i++) {
        largest = Math.max(largest, Math.abs(values[i]));
      }
      absmax[b] = largest;
      // In a block of zeros every scaled value is not a number and gets code 0, as in the peer.
      float factor = 1f / largest;
      for (int i = from; i < to; i++) {
        codes[i] = DynamicMap.code(clamp(values[i] * factor));
      }
    }
    return new EightBitBlocks(codes, absmax, blockSize);
  }

  private static float clamp(float x) {
    return Math.max(-1f, Math.min(1f, x));
  }

  /** The values that the codes stand for. */
  public float[] dequantize() {
    float[] map = DynamicMap.signed();
    float[] values = new float[codes.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = map[codes[i] & 255] * absmax[i / blockSize];
    }
    return values;
  }
}
