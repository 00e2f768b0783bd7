package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.Kernels;
import io.github.lora4j.quant.gguf.BlockProduct.Codes;
import io.github.lora4j.tensor.HalfType;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The types of GGUF tensors that can be read, under their names there. Decoded values are those of
 * gguf-py 0.19, bit for bit: products and sums in float32, each rounded.
 */
public enum GgufType {
  /** Float32. */
  F32(0, 4, new FloatCodec()),
  /** IEEE 754 half precision. */
  F16(1, 2, new HalfCodec(HalfType.FLOAT16)),
  /** 4 bits and a scale. */
  Q4_0(2, 18, false, FourBits::centred, BlockProduct.centred(Codes.FOUR_BITS, 18, 8)),
  /** 4 bits, a scale and a minimum. */
  Q4_1(3, 20, true, FourBits::shifted, BlockProduct.shifted(Codes.FOUR_BITS, 20)),
  /** 5 bits and a scale. */
  Q5_0(6, 22, false, FiveBits::centred, BlockProduct.centred(Codes.FIVE_BITS, 22, 16)),
  /** 5 bits, a scale and a minimum. */
  Q5_1(7, 24, true, FiveBits::shifted, BlockProduct.shifted(Codes.FIVE_BITS, 24)),
  /** 8 bits and a scale. */
  Q8_0(8, 34, false, EightBits::signed, BlockProduct.centred(Codes.EIGHT_BITS, 34, 0)),
  /** 2 bits, with scales and minima of 4 bits for every 16. */
  Q2_K(10, 84, true, TwoAndThreeBitsK.TWO),
  /** 3 bits, with scales of 6 bits for every 16. */
  Q3_K(11, 110, false, TwoAndThreeBitsK.THREE),
  /** 4 bits, with scales and minima of 6 bits for every 32. */
  Q4_K(12, 144, true, FourAndFiveBitsK.FOUR),
  /** 5 bits, with scales and minima of 6 bits for every 32. */
  Q5_K(13, 176, true, FourAndFiveBitsK.FIVE),
  /** 6 bits, with scales of 8 bits for every 16. */
  Q6_K(14, 210, false, SixBitsK.SIX),
  /** 4 bits that select one of 16 unevenly spaced values, and a scale. */
  IQ4_NL(20, 18, false, FourBits::uneven, null),
  /** Bfloat16: the upper half of a float32. */
  BF16(30, 2, new HalfCodec(HalfType.BFLOAT16));

  private final int id;
  private final int blockSize;
  private final int blockBytes;
  private final BlockCodec codec;

  GgufType(int id, int bytes, BlockCodec codec) {
    this.id = id;
    this.blockSize = 1;
    this.blockBytes = bytes;
    this.codec = codec;
  }

  /** Blocks of 32 values. */
  GgufType(int id, int blockBytes, boolean offsets, SmallBlocks.Block block, RowProduct product) {
    this.id = id;
    this.blockSize = GroupCodec.SIZE;
    this.blockBytes = blockBytes;
    this.codec = new GroupCodec(1, blockBytes, offsets, new SmallBlocks(block), product);
  }

  /** Blocks of 256 values. */
  GgufType(int id, int blockBytes, boolean offsets, KBlocks blocks) {
    this.id = id;
    this.blockSize = Parts.GROUPS * GroupCodec.SIZE;
    this.blockBytes = blockBytes;
    KProduct product = new KProduct(blocks, blockBytes, offsets);
    this.codec = new GroupCodec(Parts.GROUPS, blockBytes, offsets, blocks, product);
  }

  /** The number of the type in GGUF files. */
  public int id() {
    return id;
  }

  /** Values in a block: 1, 32 or 256. */
  public int blockSize() {
    return blockSize;
  }

  /** Bytes of a block. */
  public int blockBytes() {
    return blockBytes;
  }

  /**
   * The type of an {@link #id()}.
   *
   * @throws IllegalArgumentException if there is none; the message names those there are
   */
  public static GgufType of(int id) {
    return Arrays.stream(values())
        .filter(type -> type.id == id)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "GGUF type "
                        + Integer.toUnsignedString(id)
                        + " is not supported, supported are "
                        + Arrays.stream(values())
                            .map(type -> type + " (" + type.id + ")")
                            .collect(Collectors.joining(", "))));
  }

  /**
   * Bytes of a matrix whose rows are whole blocks.
   *
   * @throws IllegalArgumentException if they are not, or a dimension is below 1
   */
  public long bytes(int out, int in) {
    if (out < 1 || in < 1 || in % blockSize != 0) {
      throw new IllegalArgumentException(
          "a ["
              + out
              + ", "
              + in
              + "] matrix has no rows of whole "
              + this
              + " blocks of "
              + blockSize
              + " values");
    }
    return (long) out * (in / blockSize) * blockBytes;
  }

  /**
   * Decodes whole blocks.
   *
   * @param kernels that decode
   * @param src holds them from {@code offset} on
   * @param blocks how many
   * @param dst takes {@code blocks * blockSize()} values from {@code at} on
   * @throws IllegalArgumentException if an array is too short
   */
  public void decode(Kernels kernels, byte[] src, int offset, int blocks, float[] dst, int at) {
    long values = (long) blocks * blockSize;
    if (offset < 0
        || blocks < 0
        || at < 0
        || offset + (long) blocks * blockBytes > src.length
        || at + values > dst.length) {
      throw new IllegalArgumentException(
          blocks
              + " "
              + this
              + " blocks do not fit "
              + src.length
              + " bytes from "
              + offset
              + " on and "
              + dst.length
              + " values from "
              + at
              + " on");
    }
    codec.decoder(kernels, src).row(offset, 0, (int) values, dst, at);
  }

  BlockCodec codec() {
    return codec;
  }
}
