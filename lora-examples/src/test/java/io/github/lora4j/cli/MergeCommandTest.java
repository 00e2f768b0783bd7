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

  @Test
  void aCheckpointInFourBitsBecomesFloatOrIsPackedAgain() throws IOException {
    Path packed = Path.of("../lora-models/src/test/resources/golden/merge-4bit/nf4");
    Path lora = packed.resolve("lora");
    long before = Files.size(packed.resolve("model.safetensors"));
    Path floats = folder.resolve("floats");
    Run.of("merge", "--model", packed, "--adapter", lora, "--out", floats).succeeds();
    Path halves = folder.resolve("halves");
    Run.of("merge", "--model", packed, "--adapter", lora, "--out", halves, "--dtype", "bfloat16")
        .succeeds();
    Path again = folder.resolve("again");
    JsonNode json =
        Run.of(
                "merge",
                "--model",
                packed,
                "--adapter",
                lora,
                "--out",
                again,
                "--requantize",
                "--json")
            .json();
    assertEquals(6, json.get("merged_tensors").asInt());
    long size = Files.size(again.resolve("model.safetensors"));
    assertEquals(before, size, 1000);
    long inHalves = Files.size(halves.resolve("model.safetensors"));
    assertTrue(inHalves > 2 * size, inHalves + " bytes");
    assertTrue(Files.size(floats.resolve("model.safetensors")) > 1.7 * inHalves);
  }

  @Test
  void optionsOfFourBitsAreChecked() {
    Path out = folder.resolve("none");
    Object[] args = {"merge", "--model", base, "--adapter", adapter, "--out", out};
    with(args, "--dtype", "int8").fails(2, "int8", "bfloat16");
    with(args, "--dtype", "float32", "--requantize").fails(2, "exclude each other");
    with(args, "--requantize").fails(1, "no weights in 4 bits");
    assertFalse(Files.exists(out));
  }

  private static Run with(Object[] args, Object... more) {
    Object[] all = java.util.Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return Run.of(all);
  }
}
