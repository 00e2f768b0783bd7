package io.github.lora4j.quant;

/**
 * Weights packed in 4 bits: what a checkpoint holds of one of them. Weights are numbered row by
 * row; block {@code i / blockSize} gives the scale of weight i.
 *
 * @param type the 16 values
 * @param out rows
 * @param in columns
 * @param blockSize weights that share a scale
 * @param packed two codes per byte, the first in the upper half; not copied
 * @param absmax the scale of each block
 */
public record FourBitWeights(
    QuantType type, int out, int in, int blockSize, byte[] packed, Absmax absmax) {
  /** Checks that the parts fit together. */
  public FourBitWeights {
    QuantConfig.requireBlockSize(blockSize);
    long weights = (long) out * in;
    if (out < 1 || in < 1 || packed.length != (weights + 1) / 2) {
      throw new IllegalArgumentException(
          "a shape of ["
              + out
              + ", "
              + in
              + "] needs "
              + (weights + 1) / 2
              + " packed bytes, got "
              + packed.length);
    }
    long blocks = (weights + blockSize - 1) / blockSize;
    if (absmax.blocks() != blocks) {
      throw new IllegalArgumentException(
          weights
              + " weights in blocks of "
              + blockSize
              + " need "
              + blocks
              + " scales, got "
              + absmax.blocks());
    }
  }

  /** The float32 values, {@code [out, in]}, row-major, as bitsandbytes dequantizes them. */
  public float[] dequantize() {
    float[] table = type.codes();
    float[] values = new float[Math.multiplyExact(out, in)];
    int shift = Integer.numberOfTrailingZeros(blockSize);
    for (int i = 0; i < values.length; i++) {
      int code = packed[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15;
      values[i] = table[code] * absmax.get(i >>> shift);
    }
    return values;
  }

  /** Bytes of codes and scales. */
  public long bytes() {
    return packed.length + absmax.bytes();
  }
}
