package io.github.lora4j.models.weights;

import io.github.lora4j.tensor.FrozenMatrix;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Map;
import java.util.TreeSet;
import java.util.zip.CRC32C;

/** A checksum of frozen weights as products see them: of every decoded value. */
public final class WeightChecksum {
  private WeightChecksum() {}

  /**
   * The checksum of some of the weights.
   *
   * @param modules which, in any order; each is in {@code weights}
   */
  public static String of(Map<String, FrozenMatrix> weights, Collection<String> modules) {
    CRC32C checksum = new CRC32C();
    for (String module : new TreeSet<>(modules)) {
      FrozenMatrix w = weights.get(module);
      float[] row = new float[w.in()];
      ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * row.length);
      for (int r = 0; r < w.out(); r++) {
        w.decodeRow(r, row, 0);
        bytes.clear();
        bytes.asFloatBuffer().put(row);
        checksum.update(bytes);
      }
    }
    return String.format("crc32c:%08x", checksum.getValue());
  }
}
