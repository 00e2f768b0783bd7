package io.github.lora4j.models.classify;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.checkpoint.AtomicFile;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.checkpoint.SafetensorsDirectory;
import io.github.lora4j.checkpoint.SafetensorsWriter;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.KernelSet;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.models.bert.EncoderNames;
import io.github.lora4j.models.data.LabeledText;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.models.encoder.TinyModel;
import io.github.lora4j.models.weights.CheckpointWeights;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.quant.gguf.GgufMatrix;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.HalfType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A model with weights of 16 bits is the float32 model with the weights that they stand for. */
class HalfWeightsTest {
  private static final Map<HalfType, DType> STORED =
      Map.of(HalfType.FLOAT16, DType.F16, HalfType.BFLOAT16, DType.BF16);
  private static final String WEIGHT = "encoder.layer.1.output.dense.weight";
  private static final List<LabeledText> ROWS =
      List.of(
          new LabeledText("the film was good", "good", 1),
          new LabeledText("very bad", "bad", 2),
          new LabeledText("good good film", "good", 3));

  @TempDir Path folder;
  private Path tiny;

  @BeforeEach
  void write() throws IOException {
    tiny = TinyModel.write(folder.resolve("tiny"));
  }

  static List<Arguments> typesAndKernels() {
    List<Arguments> arguments = new ArrayList<>();
    for (KernelSet set : KernelSet.values()) {
      if (set.available()) {
        for (HalfType type : HalfType.values()) {
          arguments.add(Arguments.of(type, set));
        }
      }
    }
    return arguments;
  }

  @ParameterizedTest
  @MethodSource("typesAndKernels")
  void statesAndGradients(HalfType type, KernelSet set) throws IOException {
    Path rounded = copy("rounded", DType.F32, type);
    try (Compute compute = new Compute(set, 2);
        TextEncoder half = open(compute, tiny, WeightFormat.half(type));
        TextEncoder wide = open(compute, rounded, WeightFormat.FLOAT32);
        TextEncoder exact = open(compute, tiny, WeightFormat.FLOAT32)) {
      requireEqual(wide, half);
      assertNotEquals(embedding(exact)[0], embedding(half)[0]);
    }
  }

  /** Gradients are compared with those over the other base, in which nothing is rounded. */
  private static void requireEqual(TextEncoder expected, TextEncoder actual) {
    // Vector kernels sum few rows over 16 bits in an order of their own, ND4J all.
    float tolerance = expected.compute().set() == KernelSet.SCALAR ? 0f : 1e-6f;
    assertArrayEquals(embedding(expected), embedding(actual), tolerance);
    ClassificationTask wanted = task(expected);
    ClassificationTask got = task(actual);
    double loss = wanted.accumulate(new int[] {0, 1, 2}, 3, 1).sum();
    assertEquals(loss, got.accumulate(new int[] {0, 1, 2}, 3, 1).sum(), tolerance);
    for (int i = 0; i < wanted.parameters().size(); i++) {
      Parameter parameter = wanted.parameters().get(i);
      float[] gradient = got.parameters().get(i).grad().toArray();
      assertArrayEquals(parameter.grad().toArray(), gradient, tolerance, parameter.name());
    }
  }

  /** Nothing is rounded a second time, and two bytes stay two bytes. */
  @ParameterizedTest
  @EnumSource
  void whatTheCheckpointHoldsIsKept(HalfType type) throws IOException {
    Path stored = copy("stored", STORED.get(type), type);
    try (Compute compute = Compute.withThreads(2);
        TextEncoder auto = open(compute, stored, WeightFormat.STORED);
        TextEncoder wide = open(compute, stored, WeightFormat.FLOAT32);
        NamedTensors halves = SafetensorsDirectory.open(stored);
        NamedTensors floats = SafetensorsDirectory.open(tiny)) {
      requireEqual(wide, auto);
      FrozenMatrix kept =
          new CheckpointWeights(compute, WeightFormat.STORED, halves)
              .matrix(WEIGHT, WEIGHT, 32, 64);
      assertTrue(
          kept instanceof GgufMatrix mapped && mapped.type().name().equals(STORED.get(type).name()),
          kept.toString());
      assertEquals(2 * 32 * 64, kept.bytes());
      FrozenMatrix dense =
          new CheckpointWeights(compute, WeightFormat.STORED, floats)
              .matrix(WEIGHT, WEIGHT, 32, 64);
      assertEquals(4 * 32 * 64, dense.bytes());
    }
  }

  /** The weights of the checkpoint identify the base, not the form in which they are held. */
  @Test
  void adaptersFitEveryFormat() {
    try (Compute compute = Compute.withThreads(1);
        TextEncoder half = open(compute, tiny, WeightFormat.half(HalfType.BFLOAT16));
        TextEncoder wide = open(compute, tiny, WeightFormat.FLOAT32)) {
      ClassifierAdapter bound = ClassifierAdapter.bind(wide, task(half).adapter("a"));
      assertEquals(1, new TextClassifier(wide).predict(List.of("good"), bound).size());
      // Continuing a training over other weights would be another training.
      assertNotEquals(task(half).fingerprint(), task(wide).fingerprint());
    }
  }

  @Test
  void whatIsTooLargeIsNamed() throws IOException {
    Path large = folder.resolve("large");
    copy(
        large,
        DType.F32,
        (name, values) -> {
          if (name.equals(WEIGHT)) {
            values[64 + 5] = -65520f;
          }
        });
    try (Compute compute = Compute.withThreads(2)) {
      open(compute, large, WeightFormat.half(HalfType.BFLOAT16)).close();
      CheckpointException e =
          assertThrows(
              CheckpointException.class,
              () -> open(compute, large, WeightFormat.half(HalfType.FLOAT16)));
      assertTrue(
          e.getMessage()
              .endsWith(
                  "'" + WEIGHT + "': weight -65520.0 at row 1, column 5 is too large for float16"),
          e.getMessage());
    }
  }

  private static TextEncoder open(Compute compute, Path model, WeightFormat format) {
    return TextEncoder.open(compute, model.toString(), 16, format);
  }

  private static float[] embedding(TextEncoder base) {
    return base.embed(List.of("the film was very good"), ActiveAdapter.NONE)[0];
  }

  private static ClassificationTask task(TextEncoder base) {
    LoraConfig config = LoraConfig.builder().r(2).targetModules("query", "dense").build();
    return new ClassificationTask(base, config, List.of("bad", "good"), ROWS, List.of(), 3);
  }

  private interface Change {
    void change(String name, float[] values);
  }

  /** The tiny model, of which the weights of linear layers are rounded. */
  private Path copy(String name, DType stored, HalfType type) throws IOException {
    Path to = folder.resolve(name);
    copy(
        to,
        stored,
        (tensor, values) -> {
          for (int i = 0;
              EncoderNames.bert("bert.").isLinearWeight(tensor) && i < values.length;
              i++) {
            values[i] = type.widen(type.narrow(values[i]));
          }
        });
    return to;
  }

  private void copy(Path to, DType stored, Change change) throws IOException {
    TinyModel.write(to);
    Files.delete(to.resolve("model.safetensors"));
    SafetensorsWriter writer = new SafetensorsWriter();
    try (NamedTensors from = SafetensorsDirectory.open(tiny)) {
      for (String name : from.names()) {
        float[] values = from.readFloat32(name);
        change.change(name, values);
        List<Long> shape = from.info(name).shape();
        if (stored == DType.F32 || !EncoderNames.bert("bert.").isLinearWeight(name)) {
          writer.addFloat32(name, shape, values);
        } else {
          ByteBuffer bytes = halves(stored, values);
          writer.add(name, stored, shape, channel -> AtomicFile.writeFully(channel, bytes));
        }
      }
    }
    writer.write(to.resolve("model.safetensors"));
  }

  private static ByteBuffer halves(DType stored, float[] values) {
    HalfType type = stored == DType.F16 ? HalfType.FLOAT16 : HalfType.BFLOAT16;
    ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putShort(type.narrow(value));
    }
    return bytes.flip();
  }
}
