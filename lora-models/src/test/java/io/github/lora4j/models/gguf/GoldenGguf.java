package io.github.lora4j.models.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.zip.CRC32;

/** The files of {@code scripts/fixtures/gguf_files.py}. */
final class GoldenGguf {
  private GoldenGguf() {}

  static Path path(String name) {
    return Path.of("src/test/resources/golden/gguf", name);
  }

  static JsonNode json(String name) throws IOException {
    return new JsonMapper().readTree(path(name).toFile());
  }

  /** The CRC-32 of float32 values, little-endian. */
  static long crc(float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    CRC32 crc = new CRC32();
    crc.update(bytes);
    return crc.getValue();
  }
}
