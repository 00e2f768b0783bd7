package io.github.lora4j.bench;

import io.github.lora4j.checkpoint.SafetensorsWriter;
import io.github.lora4j.quant.Absmax;
import io.github.lora4j.quant.FourBitWeights;
import io.github.lora4j.quant.QuantState;
import io.github.lora4j.quant.QuantType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;

/** A checkpoint of random NF4 weights with double quantization, written one matrix at a time. */
final class RandomFourBitFile {
  private static final int BLOCK = 64;
  private static final int GROUP = 256;

  private RandomFourBitFile() {}

  /**
   * @param matrices out and in by name; weights are about as large as those of a trained layer
   */
  static void write(Path file, Map<String, int[]> matrices) {
    SafetensorsWriter writer = new SafetensorsWriter();
    float[] map = new float[256];
    for (int i = 0; i < map.length; i++) {
      map[i] = (i - 127.5f) / 128;
    }
    matrices.forEach(
        (name, size) -> {
          int out = size[0];
          int in = size[1];
          int blocks = (out * in + BLOCK - 1) / BLOCK;
          byte[] codes = new byte[blocks];
          new SplittableRandom(name.hashCode()).nextBytes(codes);
          float[] scales = new float[(blocks + GROUP - 1) / GROUP];
          float typical = (float) (2 / Math.sqrt(in));
          Arrays.fill(scales, typical / 4);
          Absmax.Nested absmax = new Absmax.Nested(codes, map, scales, GROUP, typical);
          // Of its codes only their number counts before the file is written.
          byte[] none = new byte[packedBytes(out, in)];
          FourBitWeights weights = new FourBitWeights(QuantType.NF4, out, in, BLOCK, none, absmax);
          QuantState.add(writer, name, weights, () -> packed(name, out, in), "float32");
        });
    writer.write(file);
  }

  private static byte[] packed(String name, int out, int in) {
    byte[] bytes = new byte[packedBytes(out, in)];
    new SplittableRandom(31L * name.hashCode()).nextBytes(bytes);
    return bytes;
  }

  private static int packedBytes(int out, int in) {
    return (int) (((long) out * in + 1) / 2);
  }
}
