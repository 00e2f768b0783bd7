package io.github.lora4j.models.weights;

import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.checkpoint.TensorInfo;
import java.nio.charset.StandardCharsets;
import java.util.TreeSet;
import java.util.zip.CRC32C;

/**
 * Tells base models apart by names, shapes and the first bytes of every tensor: a check in no time.
 */
public final class Fingerprint {
  private static final int SAMPLE = 256;

  private Fingerprint() {}

  /** Of all tensors. */
  public static String of(NamedTensors weights) {
    CRC32C checksum = new CRC32C();
    for (String name : new TreeSet<>(weights.names())) {
      TensorInfo info = weights.info(name);
      String description = name + info.dtype() + info.shape();
      checksum.update(description.getBytes(StandardCharsets.UTF_8));
      checksum.update(weights.bytes(name, 0, (int) Math.min(SAMPLE, info.byteLength())));
    }
    return String.format("crc32c:%08x", checksum.getValue());
  }
}
