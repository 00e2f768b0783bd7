package io.github.lora4j.quant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lora4j.checkpoint.SafetensorsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** What bitsandbytes made, by scripts/fixtures/bnb.py. */
final class GoldenQuant {
  private GoldenQuant() {}

  static SafetensorsFile open(String name) {
    return SafetensorsFile.open(path(name));
  }

  static JsonNode json(String name) {
    try {
      return new ObjectMapper().readTree(path(name).toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] bytes(SafetensorsFile file, String name) {
    ByteBuffer buffer = file.bytes(name);
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  private static Path path(String name) {
    try {
      return Path.of(GoldenQuant.class.getResource("/golden/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }
}
