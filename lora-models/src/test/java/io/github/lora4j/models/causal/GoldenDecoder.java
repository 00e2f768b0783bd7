package io.github.lora4j.models.causal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.checkpoint.SafetensorsDirectory;
import io.github.lora4j.checkpoint.SafetensorsFile;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.LowRank;
import io.github.lora4j.models.config.ConfigFields;
import io.github.lora4j.models.decoder.DecoderModel;
import io.github.lora4j.models.weights.CheckpointWeights;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.tensor.Tensor;
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

/**
 * A tiny decoder of scripts/fixtures/decoders.py and what transformers and PEFT compute with it.
 */
final class GoldenDecoder {
  private final Path folder;
  private final JsonNode json;

  GoldenDecoder(String name) {
    try {
      folder = Path.of(GoldenDecoder.class.getResource("/golden/decoders/" + name).toURI());
      json = new ObjectMapper().readTree(folder.resolve("expected.json").toFile());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path folder() {
    return folder;
  }

  /** Loads the model as {@code config} describes it. */
  DecoderModel load(Compute compute, String config) {
    return load(compute, config, folder);
  }

  /** The same with the weights of another folder. */
  DecoderModel load(Compute compute, String config, Path from) {
    try (NamedTensors tensors = SafetensorsDirectory.open(from)) {
      return DecoderFamilies.load(
          ConfigFields.read(folder.resolve(config)),
          new CheckpointWeights(compute, WeightFormat.FLOAT32, tensors));
    }
  }

  List<int[]> sequences() {
    List<int[]> sequences = new ArrayList<>();
    json.get("sequences").forEach(node -> sequences.add(ints(node)));
    return sequences;
  }

  int[] prompt() {
    return ints(json.get("prompt"));
  }

  int[] generated() {
    return ints(json.get("generated"));
  }

  /** The adapter, with A and B as parameters by PEFT's key names. */
  Updates updates() {
    LoraAdapter adapter = PeftAdapterFiles.load("lora", folder.resolve("lora"));
    Map<String, LowRank> updates = new LinkedHashMap<>();
    List<Parameter> parameters = new ArrayList<>();
    adapter
        .weights()
        .forEach(
            (module, w) -> {
              String key = "base_model.model." + module;
              Parameter a = new Parameter(key + ".lora_A.weight", Tensor.of(w.a(), w.r(), w.in()));
              Parameter b = new Parameter(key + ".lora_B.weight", Tensor.of(w.b(), w.out(), w.r()));
              parameters.add(a);
              parameters.add(b);
              updates.put(module, new LowRank(a, b, w.scaling(), 0));
            });
    return new Updates(updates, parameters);
  }

  record Updates(Map<String, LowRank> byModule, List<Parameter> parameters) {}

  double[] expected(String name) {
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("expected.safetensors"))) {
      DoubleBuffer buffer = file.bytes(name).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer();
      double[] values = new double[buffer.remaining()];
      buffer.get(values);
      return values;
    }
  }

  /** Relative to the largest expected value, element by element. */
  void assertClose(String name, float[] actual, double tolerance) {
    double[] expected = expected(name);
    assertEquals(expected.length, actual.length, name);
    double largest = 0;
    double worst = 0;
    for (int i = 0; i < actual.length; i++) {
      worst = Math.max(worst, Math.abs(actual[i] - expected[i]));
      largest = Math.max(largest, Math.abs(expected[i]));
    }
    assertEquals(0, worst / largest, tolerance, name);
  }

  private static int[] ints(JsonNode node) {
    int[] values = new int[node.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = node.get(i).asInt();
    }
    return values;
  }
}
