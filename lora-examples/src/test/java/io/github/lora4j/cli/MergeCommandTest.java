package io.github.lora4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.lora4j.checkpoint.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MergeCommandTest {
  @TempDir private Path folder;
  private Path base;
  private Path adapter;
  private Path data;

  @BeforeEach
  void train() throws IOException {
    base = TinyLlama.write(folder.resolve("base"));
    adapter = folder.resolve("adapter");
    data =
        Files.writeString(
            folder.resolve("data.jsonl"), "{\"prompt\": \"one\", \"completion\": \"two\"}\n");
    Run.of(
            "train",
            "--task",
            "causal-lm",
            "--model",
            base,
            "--data",
            data,
            "--epochs",
            "30",
            "--learning-rate",
            "0.01",
            "--out",
            adapter,
            "--json")
        .json();
  }

  private double loss(Object... more) {
    Object[] args = new Object[5 + more.length];
    Object[] first = {"eval", "--data", data, "--json", "--model"};
    System.arraycopy(first, 0, args, 0, 5);
    System.arraycopy(more, 0, args, 5, more.length);
    return Run.of(args).json().get("loss").asDouble();
  }

  @Test
  void aMergedModelNeedsNoAdapter() {
    Path out = folder.resolve("merged");
    JsonNode json =
        Run.of("merge", "--model", base, "--adapter", adapter, "--out", out, "--json").json();
    assertEquals(7, json.get("merged_tensors").asInt());
    assertEquals(0, json.get("replaced_tensors").asInt());
    double adapted = loss(base, "--adapter", adapter);
    double change = Math.abs(loss(base) - adapted);
    assertTrue(change > 0.1, "the adapter changes the loss by " + change);
    // Merged weights are rounded to bfloat16, as the base has them.
    assertEquals(adapted, loss(out), 0.05 * change);
  }

  @Test
  void whatIsNoCheckpointDirectoryIsWrongUsage() {
    Path out = folder.resolve("none");
    Run run = Run.of("merge", "--model", "minilm", "--adapter", adapter, "--out", out);
    assertEquals(2, run.status());
    assertTrue(run.err().contains("minilm is no checkpoint directory"), run.err());
    assertFalse(Files.exists(out));
  }

  @Test
  void anAdapterOfAnotherModelIsOneLine() throws IOException {
    Files.createDirectories(folder.resolve("wide"));
    Path other = TinyLlama.write(folder.resolve("wide"));
    var shapes = TinyLlama.shapes();
    shapes.put("model.layers.0.self_attn.q_proj.weight", java.util.List.of(8L, 16L));
    TinyLlama.weights(other.resolve("model.safetensors"), shapes, DType.BF16, null, 1);
    Path out = folder.resolve("none");
    Run run = Run.of("merge", "--model", other, "--adapter", adapter, "--out", out);
    assertEquals(1, run.status());
    assertTrue(run.err().contains("is [8, 16], the adapter is for [16, 16]"), run.err());
    assertFalse(Files.exists(out.resolve("model.safetensors")));
  }
}
