package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.CodeKernels;
import io.github.lora4j.compute.CodeStrips;

/** Puts rows of blocks into strips, for one thread. */
final class StripWriter {
  private static final int SIZE = GroupCodec.SIZE;

  private final CodeKernels kernels;
  private final GroupCodec codec;
  private final byte[] codes;
  private final CodeStrips strips;
  private final Parts parts;

  /**
   * @param codes the code of each number, by the number as an unsigned byte
   * @param strips takes the rows
   */
  StripWriter(CodeKernels kernels, GroupCodec codec, byte[] codes, CodeStrips strips) {
    this.kernels = kernels;
    this.codec = codec;
    this.codes = codes;
    this.strips = strips;
    this.parts = Parts.ofRow(codec.offsets());
  }

  /** Writes one row. */
  void write(byte[] blocks, int row) {
    int strip = row / CodeStrips.ROWS;
    int inStrip = row % CodeStrips.ROWS;
    for (int group = 0; group < strips.in() / SIZE; group += Parts.GROUPS) {
      int count = Math.min(Parts.GROUPS, strips.in() / SIZE - group);
      codec.unpack(kernels, blocks, 0, group, count, parts);
      int first = group * SIZE;
      writeCodes(count * SIZE, strips.code(strip, first) + inStrip);
      // Parts have a scale for 16 values; where it is the same for two, it is written twice.
      for (int i = 0; i < count * SIZE; i += Parts.SIZE) {
        int at = strips.scale(strip, first + i) + inStrip;
        strips.scales()[at] = parts.scales[i / Parts.SIZE];
        if (strips.offsets() != null) {
          strips.offsets()[at] = parts.offsets[i / Parts.SIZE];
        }
      }
    }
  }

  /** Puts codes together, as many as an int holds, and the ints a strip's rows apart. */
  private void writeCodes(int count, int at) {
    int bits = strips.bits();
    int mask = (1 << bits) - 1;
    int to = at;
    for (int i = 0; i < count; to += CodeStrips.ROWS) {
      int joined = 0;
      for (int shift = 0; shift < Integer.SIZE; shift += bits, i++) {
        joined |= (codes[parts.codes[i] & 255] & mask) << shift;
      }
      strips.codes()[to] = joined;
    }
  }
}
