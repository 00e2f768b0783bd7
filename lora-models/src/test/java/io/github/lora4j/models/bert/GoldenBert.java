package io.github.lora4j.models.bert;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.checkpoint.SafetensorsDirectory;
import io.github.lora4j.checkpoint.SafetensorsFile;
import io.github.lora4j.compute.Compute;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The tiny BERT of scripts/fixtures/bert.py and what transformers and PEFT compute with it. */
public final class GoldenBert {
  private final JsonNode json;

  /** Reads the texts and labels. */
  public GoldenBert() throws IOException {
    json = new ObjectMapper().readTree(directory().resolve("expected.json").toFile());
  }

  /** Token ids of several texts and a label for each. */
  record Batch(List<int[]> sequences, int[] labels) {}

  /** The folder of the model, as transformers saved it. */
  public static Path directory() {
    try {
      return Path.of(GoldenBert.class.getResource("/golden/bert-tiny").toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  static BertEncoder encoder(Compute compute) {
    try (var weights = SafetensorsDirectory.open(directory())) {
      BertConfig config = BertConfig.read(directory().resolve("config.json"));
      return BertEncoder.load(compute, config, weights);
    }
  }

  static LoraAdapter adapter(String name) {
    return PeftAdapterFiles.load(name, directory().resolve(name));
  }

  /** The batch of everything but the training curve. */
  Batch batch() {
    return batch(json);
  }

  JsonNode training() {
    return json.get("train");
  }

  static Batch batch(JsonNode node) {
    int[] ids = ints(node.get("ids"));
    int[] offsets = ints(node.get("offsets"));
    List<int[]> sequences = new ArrayList<>();
    for (int i = 1; i < offsets.length; i++) {
      sequences.add(Arrays.copyOfRange(ids, offsets[i - 1], offsets[i]));
    }
    return new Batch(sequences, ints(node.get("labels")));
  }

  private static int[] ints(JsonNode node) {
    int[] values = new int[node.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = node.get(i).asInt();
    }
    return values;
  }

  /** A tensor of expected.safetensors, which are float64 but for the head. */
  static double[] expected(String name) {
    try (SafetensorsFile file = SafetensorsFile.open(directory().resolve("expected.safetensors"))) {
      ByteBuffer bytes = file.bytes(name).order(ByteOrder.LITTLE_ENDIAN);
      boolean floats = file.info(name).dtype() == DType.F32;
      double[] values = new double[bytes.remaining() / (floats ? 4 : 8)];
      for (int i = 0; i < values.length; i++) {
        values[i] = floats ? bytes.getFloat() : bytes.getDouble();
      }
      return values;
    }
  }

  static float[] floats(String name) {
    double[] values = expected(name);
    float[] narrow = new float[values.length];
    for (int i = 0; i < narrow.length; i++) {
      narrow[i] = (float) values[i];
    }
    return narrow;
  }

  /** The norm of the difference is within {@code tolerance} of the norm of what is expected. */
  static void assertClose(String name, float[] actual, double tolerance) {
    double[] expected = expected(name);
    assertEquals(expected.length, actual.length, name);
    double difference = 0;
    double norm = 0;
    double largest = 0;
    double worst = 0;
    for (int i = 0; i < actual.length; i++) {
      double d = actual[i] - expected[i];
      difference += d * d;
      norm += expected[i] * expected[i];
      worst = Math.max(worst, Math.abs(d));
      largest = Math.max(largest, Math.abs(expected[i]));
    }
    assertEquals(0, Math.sqrt(difference / norm), tolerance, name);
    assertEquals(0, worst / largest, tolerance, name + ", element by element");
  }
}
