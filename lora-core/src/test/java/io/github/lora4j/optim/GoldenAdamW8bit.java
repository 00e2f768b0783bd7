package io.github.lora4j.optim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.checkpoint.SafetensorsFile;
import io.github.lora4j.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;

/** What bitsandbytes computed, by scripts/fixtures/adamw8bit.py. */
record GoldenAdamW8bit(JsonNode json, Map<String, float[]> floats) {

  static GoldenAdamW8bit read() {
    Map<String, float[]> floats = new HashMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(path("adamw8bit.safetensors"))) {
      for (String name : file.names()) {
        floats.put(name, file.readFloat32(name));
      }
      return new GoldenAdamW8bit(
          new ObjectMapper().readTree(path("adamw8bit.json").toFile()), floats);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path path(String name) {
    try {
      return Path.of(GoldenAdamW8bit.class.getResource("/golden/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  int steps() {
    return json.get("steps").asInt();
  }

  int stride(String parameter) {
    return json.get("strides").get(parameter).asInt();
  }

  List<JsonNode> configs() {
    return StreamSupport.stream(json.get("configs").spliterator(), false).toList();
  }

  /** The parameters at their start. */
  List<Parameter> parameters() {
    List<Parameter> parameters = new ArrayList<>();
    json.get("sizes")
        .fields()
        .forEachRemaining(
            size -> {
              float[] start = new float[size.getValue().asInt()];
              for (int i = 0; i < start.length; i++) {
                start[i] = hashed(i) * 0.5f;
              }
              parameters.add(new Parameter(size.getKey(), Tensor.of(start, start.length)));
            });
    return parameters;
  }

  /** Writes the gradients of a step into the parameters. */
  void setGradients(List<Parameter> parameters, int step) {
    JsonNode scales = json.get("scales");
    for (Parameter parameter : parameters) {
      int size = parameter.value().size();
      float[] g = parameter.grad().data();
      for (int i = 0; i < size; i++) {
        float u = hashed(7 * size + (step + 1) * size + i);
        float scale = (float) scales.get(i / 256 % scales.size()).asDouble();
        g[i] = u < -0.75f ? 0 : u * u * u * scale;
      }
    }
  }

  private static float hashed(int x) {
    int h = (x ^ x >>> 16) * 0x85EBCA6B;
    h = (h ^ h >>> 13) * 0xC2B2AE35;
    h ^= h >>> 16;
    return ((h >>> 8) - (1 << 23)) * 0x1p-23f;
  }
}
