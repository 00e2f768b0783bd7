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

/** What PyTorch computed, by scripts/fixtures/adamw.py. */
record GoldenAdamW(JsonNode json, Map<String, float[]> floats, Map<String, double[]> doubles) {

  static GoldenAdamW read() {
    Map<String, float[]> floats = new HashMap<>();
    Map<String, double[]> doubles = new HashMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(path("adamw.safetensors"))) {
      for (String name : file.names()) {
        if (name.endsWith("/norm")) {
          doubles.put(name, toDoubles(file, name));
        } else if (!name.contains("/f64/")) {
          floats.put(name, file.readFloat32(name));
        }
      }
      return new GoldenAdamW(
          new ObjectMapper().readTree(path("adamw.json").toFile()), floats, doubles);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static double[] toDoubles(SafetensorsFile file, String name) {
    var buffer = file.bytes(name).order(java.nio.ByteOrder.LITTLE_ENDIAN).asDoubleBuffer();
    double[] values = new double[buffer.remaining()];
    buffer.get(values);
    return values;
  }

  private static Path path(String name) {
    try {
      return Path.of(GoldenAdamW.class.getResource("/golden/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  int steps() {
    return json.get("steps").asInt();
  }

  List<JsonNode> list(String field) {
    return StreamSupport.stream(json.get(field).spliterator(), false).toList();
  }

  /** The parameters at their start. */
  List<Parameter> parameters() {
    List<Parameter> parameters = new ArrayList<>();
    for (JsonNode name : json.get("parameters")) {
      float[] start = floats.get("start/" + name.asText()).clone();
      parameters.add(new Parameter(name.asText(), Tensor.of(start, start.length)));
    }
    return parameters;
  }

  /** Writes the gradients of a step into the parameters. */
  void setGradients(List<Parameter> parameters, int step) {
    for (Parameter parameter : parameters) {
      int size = parameter.value().size();
      float[] all = floats.get("grad/" + parameter.name());
      System.arraycopy(all, step * size, parameter.grad().data(), 0, size);
    }
  }
}
