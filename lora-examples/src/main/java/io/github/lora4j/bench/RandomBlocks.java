package io.github.lora4j.bench;

import io.github.lora4j.compute.Kernels;
import io.github.lora4j.quant.gguf.GgufMatrix;
import io.github.lora4j.quant.gguf.GgufType;
import java.util.Random;

/** Weights in the block types of GGUF, also in those that cannot be packed. */
final class RandomBlocks {
  private RandomBlocks() {}

  static GgufMatrix of(Kernels kernels, GgufType type, int out, int in) {
    byte[] data = new byte[(int) type.bytes(out, in)];
    new Random(1).nextBytes(data);
    for (int i = 0; i < data.length; i++) {
      // No scale becomes large, infinite or not a number.
      data[i] &= 63;
    }
    return new GgufMatrix(kernels, type, out, in, data);
  }
}
