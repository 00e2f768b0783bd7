package io.github.lora4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.checkpoint.DType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An adapter of a language model over bases that it was not trained over. */
class OtherBaseTest {
  private static final String QUERY = "model.layers.0.self_attn.q_proj";

  @TempDir private Path folder;
  private Path first;
  private Path second;
  private Path adapter;

  @BeforeEach
  void train() throws IOException {
    first = TinyLlama.write(folder.resolve("first"));
    second = TinyLlama.write(folder.resolve("second"));
    adapter = folder.resolve("adapter");
    Path data =
        Files.writeString(
            folder.resolve("data.jsonl"), "{\"prompt\": \"one\", \"completion\": \"two\"}\n");
    Run.of(
            "train",
            "--task",
            "causal-lm",
            "--model",
            first,
            "--data",
            data,
            "--epochs",
            "1",
            "--target-modules",
            "q_proj",
            "--out",
            adapter,
            "--json")
        .json();
  }

  private Run generate(Path model) {
    return Run.of(
        "generate",
        "--model",
        model,
        "--adapter",
        adapter,
        "--prompt",
        "hello",
        "--max-new-tokens",
        "2",
        "--json");
  }

  /** What the command and the loggers wrote to standard error. */
  private String warnings(Path model) {
    PrintStream before = System.err;
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    try {
      assertEquals(2, generate(model).json().get("generated_tokens").asInt());
    } finally {
      System.setErr(before);
    }
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void theSameWeightsUnderAnotherNameAreItsBase() {
    assertEquals("", warnings(first));
    assertEquals("", warnings(second));
  }

  @Test
  void otherWeightsOfTheSameShapesAreAWarning() {
    TinyLlama.weights(second.resolve("model.safetensors"), TinyLlama.shapes(), DType.BF16, null, 2);
    String warnings = warnings(second);
    assertEquals(1, warnings.lines().count(), warnings);
    assertTrue(
        warnings.contains("adapter 'adapter' was made for another base model (" + first), warnings);
    assertTrue(warnings.contains("; this one is " + second), warnings);
  }

  @Test
  void otherShapesAreAnError() throws IOException {
    Map<String, List<Long>> shapes = TinyLlama.shapes();
    shapes.put(QUERY + ".weight", List.of(32L, 16L));
    shapes.put("model.layers.0.self_attn.o_proj.weight", List.of(16L, 32L));
    Path config = second.resolve("config.json");
    Files.writeString(
        config,
        Files.readString(config)
            .replace("\"num_attention_heads\": 2", "\"head_dim\": 8, \"num_attention_heads\": 4"));
    TinyLlama.weights(second.resolve("model.safetensors"), shapes, DType.BF16, null, 1);
    generate(second)
        .fails(
            1,
            "adapter 'adapter', module '"
                + QUERY
                + "': made for a weight of 16 x 16, the base model has 32 x 16");
  }
}
