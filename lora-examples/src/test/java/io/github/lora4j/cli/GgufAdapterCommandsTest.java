package io.github.lora4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.models.gguf.GgufFile;
import io.github.lora4j.models.gguf.GgufWriter;
import io.github.lora4j.models.weights.FloatValues;
import io.github.lora4j.quant.gguf.GgufType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An adapter that was trained here, as a GGUF file wherever a folder is taken. */
class GgufAdapterCommandsTest {
  private static final String Q = "blk.0.attn_q.weight";

  @TempDir private static Path shared;
  private static Path base;
  private static Path adapter;
  private static Path exported;
  private static Path data;

  @TempDir private Path folder;

  @BeforeAll
  static void trainOnce() throws Exception {
    base = TinyLlama.write(shared.resolve("base"));
    adapter = shared.resolve("adapter");
    exported = shared.resolve("answers.gguf");
    data =
        Files.writeString(
            shared.resolve("data.jsonl"), "{\"text\": \"one\", \"label\": \"two\"}\n");
    List<Object> train = new ArrayList<>(List.of("train", "--task", "causal-lm", "--json"));
    train.addAll(List.of("--model", base, "--data", data, "--prompt-template", "say {text}"));
    train.addAll(List.of("--epochs", 30, "--learning-rate", "0.01", "--out", adapter));
    Run.of(train.toArray()).json();
    JsonNode json = export(adapter, exported, "--json").json();
    assertEquals(7, json.get("modules").asInt());
    assertEquals("llama", json.get("architecture").asText());
  }

  private static Run export(Path from, Path to, Object... more) {
    List<Object> args = new ArrayList<>(List.of("export-gguf", "--model", base));
    args.addAll(List.of("--adapter", from, "--out", to));
    args.addAll(List.of(more));
    return Run.of(args.toArray());
  }

  private static double loss(Object... more) {
    List<Object> args = new ArrayList<>(List.of("eval", "--json", "--model", base));
    args.addAll(List.of("--data", data, "--max-new-tokens", 0));
    args.addAll(List.of(more));
    return Run.of(args.toArray()).json().get("loss").asDouble();
  }

  /** The prompt template comes with the file. */
  @Test
  void everyCommandTakesTheFileAsItTakesTheFolder() throws Exception {
    double own = loss("--prompt-template", "say {text}");
    assertEquals(loss("--adapter", adapter), loss("--adapter", exported));
    assertTrue(Math.abs(own - loss("--adapter", exported)) > 0.1);

    Path output = folder.resolve("out.jsonl");
    List<Object> predict = new ArrayList<>(List.of("predict", "--model", base, "--json"));
    predict.addAll(List.of("--adapter", exported, "--adapter", "dir=" + adapter));
    predict.addAll(List.of("--max-new-tokens", 3, "--input", data, "--output", output));
    JsonNode predicted = Run.of(predict.toArray()).json();
    assertEquals("[\"answers\",\"dir\"]", predicted.get("adapters").toString());
    JsonNode line = new com.fasterxml.jackson.databind.json.JsonMapper().readTree(output.toFile());
    assertEquals(line.get("dir"), line.get("answers"));

    String plain = text();
    assertEquals(text("--adapter", adapter), text("--adapter", exported));
    assertNotEquals(plain, text("--adapter", exported));

    Path merged = folder.resolve("merged");
    Run.of("merge", "--model", base, "--adapter", exported, "--out", merged, "--json").json();
    Path same = folder.resolve("same");
    Run.of("merge", "--model", base, "--adapter", adapter, "--out", same, "--json").json();
    assertEquals(
        -1, Files.mismatch(merged.resolve("model.safetensors"), same.resolve("model.safetensors")));

    Path again = folder.resolve("again.gguf");
    export(exported, again).succeeds();
    try (GgufFile first = GgufFile.open(exported);
        GgufFile second = GgufFile.open(again)) {
      assertEquals(first.tensors(), second.tensors());
      assertEquals(first.metadata().keys(), second.metadata().keys());
    }
  }

  private static String text(Object... more) {
    List<Object> args = new ArrayList<>(List.of("generate", "--model", base, "--json"));
    args.addAll(List.of("--prompt", "say one", "--max-new-tokens", 6));
    args.addAll(List.of(more));
    return Run.of(args.toArray()).json().get("token_ids").toString();
  }

  @Test
  void halvesTakeHalfTheRoom() throws Exception {
    for (String type : List.of("float16", "bfloat16")) {
      Path half = folder.resolve(type + ".gguf");
      export(adapter, half, "--dtype", type).succeeds();
      assertTrue(Files.size(half) < 0.75 * Files.size(exported), type);
      assertEquals(loss("--adapter", adapter), loss("--adapter", half), 0.05, type);
    }
  }

  @Test
  void wrongUsage() {
    export(adapter, folder.resolve("x.gguf"), "--dtype", "q8_0").fails(2, "q8_0", "bfloat16");
    export(adapter, folder.resolve("x.safetensors")).fails(2, "ends in .gguf");
    Run.of("export-gguf", "--model", "minilm", "--adapter", adapter, "--out", "x.gguf")
        .fails(2, "minilm is none");
    Run.of("eval", "--adapter", exported, "--data", data).fails(1, "no language model");
    refused(folder.resolve("none.gguf"), "none.gguf: file does not exist");
  }

  @Test
  void damagedFilesAreOneLineThatNamesThem() throws Exception {
    byte[] whole = Files.readAllBytes(exported);
    for (int length : new int[] {0, 10, 100, 1000, whole.length - 33}) {
      Path cut = folder.resolve("cut.gguf");
      Files.write(cut, Arrays.copyOf(whole, length));
      refused(cut, "cut.gguf");
    }
    Path nan = folder.resolve("nan.gguf");
    try (GgufFile file = GgufFile.open(exported)) {
      int at = Math.toIntExact(file.tensor(Q + ".lora_b").offset()) + 4 * 5;
      ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).putFloat(at, Float.NaN);
    }
    Files.write(nan, whole);
    refused(nan, "nan.gguf", Q + ".lora_b", "NaN at index 5");
  }

  @Test
  void adaptersThatDoNotFitAreOneLine() throws Exception {
    refused(lora("qwen2").write("other"), "general.architecture is 'qwen2', not 'llama'");
    refused(new Lora("llama", "model", "lora").write("model"), "general.type is 'model'");
    refused(new Lora("llama", "adapter", "ia3").write("kind"), "adapter.type is 'ia3'");
    refused(lora("llama").write("empty"), "has no weights");
    refused(lora("llama").a(Q, 4, 16).write("half"), Q + ".lora_a", ".lora_b' is missing");
    refused(lora("llama").b(Q, 16, 4).write("half"), Q + ".lora_b", ".lora_a' is missing");
    refused(
        lora("llama").a(Q, 4, 16).b(Q, 16, 2).write("ranks"), "A is [4, 16], B [16, 2]: two ranks");
    refused(
        lora("llama").a(Q, 4, 16).b(Q, 24, 4).write("rows"), "24 rows", "fit the attention heads");
    refused(
        lora("llama").a(Q, 4, 8).b(Q, 16, 4).write("wide"), "16 x 8, the base model has 16 x 16");
    String far = "blk.7.attn_v.weight";
    refused(lora("llama").a(far, 4, 16).b(far, 16, 4).write("far"), "model.layers.7", "nearest");
    String odd = "blk.0.odd.weight";
    refused(lora("llama").a(odd, 4, 16).b(odd, 16, 4).write("odd"), "blk.0.odd.weight.lora_a");
    refused(
        lora("llama").tensor("blk.0.attn_q.weight", 16, 16).write("whole"), "no part of a LoRA");
    String table = "token_embd.weight";
    refused(lora("llama").a(table, 701, 4).b(table, 16, 4).write("table"), "embeddings");
    Lora alora = lora("llama").a(Q, 4, 16).b(Q, 16, 4);
    alora.writer.uint32("adapter.alora.invocation_tokens", 1);
    refused(alora.write("alora"), "activated LoRA");
    Lora infinite = new Lora("llama", "adapter", "lora").a(Q, 4, 16).b(Q, 16, 4);
    infinite.writer.float32("adapter.lora.alpha", Float.POSITIVE_INFINITY);
    refused(infinite.write("infinite"), "adapter.lora.alpha is Infinity");
    // What llama.cpp leaves alone.
    Path norms =
        lora("llama").a(Q, 4, 16).b(Q, 16, 4).tensor("output_norm.weight", 16).write("norms");
    assertEquals(loss("--prompt-template", "say {text}"), loss(norms), 1e-6);
  }

  private static double loss(Path zero) {
    return loss("--adapter", zero, "--prompt-template", "say {text}");
  }

  private void refused(Path file, String... words) {
    Run.of("generate", "--model", base, "--adapter", file, "--prompt", "one").fails(1, words);
    Path out = folder.resolve("refused");
    Run.of("merge", "--model", base, "--adapter", file, "--out", out).fails(1);
    assertFalse(Files.exists(out.resolve("model.safetensors")));
  }

  private Lora lora(String architecture) {
    Lora lora = new Lora(architecture, "adapter", "lora");
    lora.writer.float32("adapter.lora.alpha", 8);
    return lora;
  }

  /** A file with zeros. */
  private final class Lora {
    private final GgufWriter writer = new GgufWriter();

    Lora(String architecture, String kind, String type) {
      writer.string("general.architecture", architecture).string("general.type", kind);
      writer.string("adapter.type", type);
    }

    Lora a(String weight, long... shape) {
      return tensor(weight + ".lora_a", shape);
    }

    Lora b(String weight, long... shape) {
      return tensor(weight + ".lora_b", shape);
    }

    Lora tensor(String name, long... shape) {
      List<Long> dimensions = Arrays.stream(shape).boxed().toList();
      int count = (int) Arrays.stream(shape).reduce(1, (x, y) -> x * y);
      writer.tensor(
          name,
          GgufType.F32,
          dimensions,
          channel -> FloatValues.write(channel, DType.F32, new float[count]));
      return this;
    }

    Path write(String name) {
      Path file = folder.resolve(name + ".gguf");
      writer.write(file);
      return file;
    }
  }
}
