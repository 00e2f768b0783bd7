package io.github.lora4j.eightbit;

/**
 * Values quantized to a dynamic 8-bit type, block by block, as bitsandbytes' {@code
 * quantize_blockwise} does on the CPU. The arrays are the state itself, not copies.
 *
 * @param map the type
 * @param codes one byte per value
 * @param absmax the largest magnitude of each block
 * @param blockSize values in a block, at least 1; the last block may be shorter
 */
public record EightBitBlocks(DynamicMap map, byte[] codes, float[] absmax, int blockSize) {
  /** As many blocks as {@code size} values need, with every byte and scale 0: each decodes to 0. */
  public static EightBitBlocks zeros(DynamicMap map, int size, int blockSize) {
    // Not (size + blockSize - 1) / blockSize, which can overflow.
    int blocks = size / blockSize + (size % blockSize == 0 ? 0 : 1);
    return new EightBitBlocks(map, new byte[size], new float[blocks], blockSize);
  }

  /** Quantizes finite values to the signed type. */
  public static EightBitBlocks quantize(float[] values, int blockSize) {
    EightBitBlocks blocks = zeros(DynamicMap.SIGNED, values.length, blockSize);
    for (int b = 0; b < blocks.absmax.length; b++) {
      blocks.write(b, values, b * blockSize);
    }
    return blocks;
  }

  /** How many values a block has: the block size, or less in the last one. */
  public int length(int block) {
    return Math.min(blockSize, codes.length - block * blockSize);
  }

  /** Decodes a block into {@code values}, from {@code from}. */
  public void read(int block, float[] values, int from) {
    map.dequantize(codes, block * blockSize, length(block), absmax[block], values, from);
  }

  /** Quantizes finite values, from {@code from}, in place of a block. */
  public void write(int block, float[] values, int from) {
    absmax[block] = map.quantize(values, from, length(block), codes, block * blockSize);
  }

  /** The values that the codes stand for. */
  public float[] dequantize() {
    float[] values = new float[codes.length];
    for (int b = 0; b < absmax.length; b++) {
      read(b, values, b * blockSize);
    }
    return values;
  }
}
