package io.github.lora4j.models.causal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.checkpoint.SafetensorsFile;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.models.decoder.DecoderModel;
import io.github.lora4j.models.weights.WeightFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The adapters of scripts/fixtures/peft_decoders.py and what PEFT computes with them. */
final class GoldenAdapters {
  private final Path folder;
  private final JsonNode json;
  private final Map<String, JsonNode> byName = new LinkedHashMap<>();

  GoldenAdapters() {
    try {
      folder = Path.of(GoldenAdapters.class.getResource("/golden/peft-decoders").toURI());
      json = new ObjectMapper().readTree(folder.resolve("expected.json").toFile());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    json.get("adapters").forEach(one -> byName.put(one.get("name").asText(), one));
  }

  List<String> names() {
    return List.copyOf(byName.keySet());
  }

  /** The decoders that adapters were made for. */
  Set<String> bases() {
    return byName.values().stream()
        .map(one -> one.get("base").asText())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The adapters of a decoder. */
  List<String> names(String base) {
    return names().stream().filter(n -> byName.get(n).get("base").asText().equals(base)).toList();
  }

  List<String> withGradients() {
    return names().stream().filter(n -> byName.get(n).get("gradients").asBoolean()).toList();
  }

  Path directory(String name) {
    return folder.resolve(name);
  }

  LoraAdapter adapter(String name) {
    return PeftAdapterFiles.load("golden", directory(name));
  }

  /** The decoder that an adapter was made for. */
  DecoderBase base(String name, Compute compute) {
    String base = byName.get(name).get("base").asText();
    DecoderModel model = new GoldenDecoder(base).load(compute, "config.json");
    return new DecoderBase(base, compute, model, "golden", WeightFormat.FLOAT32);
  }

  List<int[]> sequences() {
    List<int[]> sequences = new ArrayList<>();
    for (JsonNode node : json.get("sequences")) {
      int[] ids = new int[node.size()];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = node.get(i).asInt();
      }
      sequences.add(ids);
    }
    return sequences;
  }

  /** The names of the parameters with gradients. */
  Set<String> gradients(String name) {
    Path file = directory(name).resolve("expected.safetensors");
    String start = "grad/base_model.model.";
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      return tensors.names().stream()
          .filter(tensor -> tensor.startsWith(start))
          .map(tensor -> tensor.substring(start.length()))
          .collect(Collectors.toSet());
    }
  }

  double[] expected(String name, String tensor) {
    Path file = directory(name).resolve("expected.safetensors");
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      DoubleBuffer buffer = tensors.bytes(tensor).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer();
      double[] values = new double[buffer.remaining()];
      buffer.get(values);
      return values;
    }
  }
}
