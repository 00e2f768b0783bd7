package io.github.lora4j.adapter.combine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.checkpoint.SafetensorsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.DoubleBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;

/** What PEFT made of its adapters, by scripts/fixtures/combine.py. */
record GoldenCombinations(
    JsonNode index, Map<String, double[]> expected, Map<String, float[]> masks) {

  static GoldenCombinations read() {
    Map<String, double[]> expected = new HashMap<>();
    Map<String, float[]> masks = new HashMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(path("expected.safetensors"))) {
      for (String name : file.names()) {
        if (name.contains("/mask/")) {
          masks.put(name, file.readFloat32(name));
        } else {
          DoubleBuffer buffer = file.bytes(name).asDoubleBuffer();
          double[] values = new double[buffer.remaining()];
          buffer.get(values);
          expected.put(name, values);
        }
      }
      JsonNode index = new ObjectMapper().readTree(path("index.json").toFile());
      return new GoldenCombinations(index, expected, masks);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path path(String name) {
    try {
      return Path.of(GoldenCombinations.class.getResource("/golden/combine/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  static LoraAdapter adapter(String name) {
    return PeftAdapterFiles.load(name, path(name));
  }

  /** One of the cases, or of those that are refused. */
  JsonNode named(String list, String name) {
    return list(list).stream()
        .filter(entry -> entry.get("name").asText().equals(name))
        .findFirst()
        .orElseThrow();
  }

  List<JsonNode> list(String field) {
    return StreamSupport.stream(index.get(field).spliterator(), false).toList();
  }

  List<String> names(String list) {
    return list(list).stream().map(entry -> entry.get("name").asText()).toList();
  }

  static List<WeightedAdapter> parts(JsonNode entry) {
    List<WeightedAdapter> parts = new ArrayList<>();
    for (int i = 0; i < entry.get("adapters").size(); i++) {
      double weight = entry.has("weights") ? entry.get("weights").get(i).asDouble() : 0.5;
      parts.add(new WeightedAdapter(adapter(entry.get("adapters").get(i).asText()), weight));
    }
    return parts;
  }

  static AdapterCombination how(JsonNode entry) {
    JsonNode options = entry.get("options");
    String sign = options.path("majority_sign_method").asText("total");
    return new AdapterCombination(
        CombinationType.of(entry.get("combination_type").asText()),
        options.has("density") ? options.get("density").asDouble() : null,
        MajoritySign.of(sign),
        options.has("svd_rank") ? options.get("svd_rank").asInt() : null,
        options.has("svd_clamp") ? options.get("svd_clamp").asDouble() : null,
        0);
  }

  /** The masks that PEFT drew in a case. */
  RandomMasks masksOf(String name) {
    return (module, tensor, length, density) -> {
      float[] drawn = masks.get(name + "/" + module + "/mask/" + tensor);
      if (drawn.length != length) {
        throw new AssertionError(drawn.length + " values of a mask for a tensor of " + length);
      }
      BitSet mask = new BitSet(length);
      for (int i = 0; i < length; i++) {
        mask.set(i, drawn[i] != 0);
      }
      return mask;
    };
  }
}
