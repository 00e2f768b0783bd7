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
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The tiny BERT of scripts/fixtures/bert.py and what transformers and PEFT compute with it. */
public final class GoldenBert {
  private final Path folder;
  private final JsonNode json;

  /**
   * Reads the texts and labels.
   *
   * @param name {@code bert-tiny}, {@code bert-nf4} for the same in 4 bits, or a classifier of
   *     scripts/fixtures/encoders.py
   */
  public GoldenBert(String name) {
    folder = directory(name);
    try {
      json = new ObjectMapper().readTree(folder.resolve("expected.json").toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Token ids of several texts and a label for each. */
  public record Batch(List<int[]> sequences, int[] labels) {}

  /** The folder of the model, as transformers saved it. */
  public static Path directory() {
    return directory("bert-tiny");
  }

  /** The folder of a model. */
  public static Path directory(String name) {
    try {
      return Path.of(GoldenBert.class.getResource("/golden/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  BertEncoder encoder(Compute compute) {
    try (var weights = SafetensorsDirectory.open(folder)) {
      BertConfig config = BertConfig.read(folder.resolve("config.json"));
      return BertEncoder.load(compute, config, weights);
    }
  }

  LoraAdapter adapter(String name) {
    return PeftAdapterFiles.load(name, folder.resolve(name));
  }

  /** The batch of everything but the training curve. */
  public Batch batch() {
    return batch(json);
  }

  /** A field of expected.json. */
  public JsonNode json(String field) {
    return json.get(field);
  }

  /** A list of names in expected.json. */
  public List<String> names(String field) {
    List<String> names = new ArrayList<>();
    json.get(field).forEach(name -> names.add(name.textValue()));
    return names;
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
  public double[] expected(String name) {
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("expected.safetensors"))) {
      ByteBuffer bytes = file.bytes(name).order(ByteOrder.LITTLE_ENDIAN);
      boolean floats = file.info(name).dtype() == DType.F32;
      double[] values = new double[bytes.remaining() / (floats ? 4 : 8)];
      for (int i = 0; i < values.length; i++) {
        values[i] = floats ? bytes.getFloat() : bytes.getDouble();
      }
      return values;
    }
  }

  float[] floats(String name) {
    double[] values = expected(name);
    float[] narrow = new float[values.length];
    for (int i = 0; i < narrow.length; i++) {
      narrow[i] = (float) values[i];
    }
    return narrow;
  }

  /** The norm of the difference is within {@code tolerance} of the norm of what is expected. */
  public void assertClose(String name, float[] actual, double tolerance) {
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
