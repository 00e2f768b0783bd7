package io.github.lora4j.models.gguf;

import io.github.lora4j.quant.gguf.PackedRows;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * Tells files apart by names, types, shapes and the first bytes of every matrix: a check in no
 * time.
 */
public final class GgufFingerprint {
  private static final int SAMPLE = 256;

  private GgufFingerprint() {}

  /** Of all tensors. */
  public static String of(GgufFile file) {
    CRC32C checksum = new CRC32C();
    new TreeMap<>(file.tensors())
        .forEach(
            (name, tensor) -> {
              String description = name + tensor.typeId() + tensor.shape();
              checksum.update(description.getBytes(StandardCharsets.UTF_8));
              if (tensor.shape().size() == 2) {
                PackedRows rows = file.rows(name);
                byte[] sample = new byte[Math.min(SAMPLE, rows.rowBytes())];
                rows.copy(0, 1, 0, sample.length, sample, 0);
                checksum.update(sample);
              }
            });
    return String.format("crc32c:%08x", checksum.getValue());
  }
}
