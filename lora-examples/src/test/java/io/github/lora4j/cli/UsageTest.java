package io.github.lora4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Wrong usage ends with status 2 before anything is read or written. */
class UsageTest {
  @TempDir private Path folder;

  @Test
  void helpNamesTheCommands() {
    Run run = Run.of("--help");
    assertEquals(0, run.status());
    for (String command :
        List.of("demo", "train", "eval", "predict", "quantize", "tokenize", "bench")) {
      assertTrue(run.out().contains(command), run.out());
    }
  }

  @Test
  void languageModelsNeedADecoder() throws Exception {
    Path data = Samples.train(folder, 8);
    Path out = folder.resolve("out");
    Run.of(
            "train",
            "--task",
            "causal-lm",
            "--data",
            data,
            "--out",
            out,
            "--prompt-template",
            "Good? {text}")
        .fails(2, "needs a decoder, and minilm is none");
    Run.of("train", "--task", "causal-lm", "--data", data, "--out", out)
        .fails(1, "line 1", "prompt template");
    Run.of("generate", "--prompt", "x").fails(2, "needs a decoder");
    Run.of("generate", "--prompt", "x", "--min-p", "7").fails(2, "min_p");
    assertFalse(Files.exists(out));
  }

  @ParameterizedTest
  @ValueSource(strings = {"demo", "train", "eval", "predict", "quantize", "tokenize", "bench"})
  void everyCommandHasHelpAndTheCommonOptions(String command) {
    Run run = Run.of(command, "--help");
    assertEquals(0, run.status());
    for (String option : List.of("--json", "--threads", "--debug", "--help", "--version")) {
      assertTrue(run.out().contains(option), run.out());
    }
  }

  @Test
  void generateOffersOnlyWhatItUses() {
    for (String option : List.of("--max-length=64", "--prompt-template=Good? {text}")) {
      String name = option.substring(0, option.indexOf('='));
      assertFalse(Run.of("generate", "--help").out().contains(name), name);
      Run.of("generate", "--prompt", "x", option).fails(2, name);
    }
  }

  @Test
  void versionIsOneLine() {
    Run run = Run.of("--version");
    assertEquals(0, run.status());
    assertTrue(run.out().startsWith("lora "), run.out());
    assertEquals(1, run.out().lines().count());
  }

  @Test
  void commandsAndOptionsMustBeKnown() {
    Run.of().fails(2, "missing command");
    Run.of("no-such-command").fails(2, "no-such-command");
    Run.of("train", "--no-such-option").fails(2);
    Run.of("demo", "--no-such-option").fails(2, "--no-such-option");
  }

  @Test
  void requiredOptionsAreNamed() {
    Run.of("train", "--data", "x.jsonl").fails(2, "--out");
    Run.of("train", "--out", folder).fails(2, "--data");
    Run.of("eval", "--adapter", folder).fails(2, "--data");
    Run.of("eval", "--data", "x.jsonl").fails(2, "--adapter", "no classification head");
    Run.of("predict", "--input", "x.jsonl", "--output", "y.jsonl").fails(2, "--adapter");
    Run.of("bench").fails(2, "NAME");
  }

  @Test
  void unknownBenchmarkListsTheKnownOnes() {
    Run.of("bench", "nothing").fails(2, "'nothing'", "known are");
  }

  @ParameterizedTest
  @CsvSource({
    "--r, 0, r",
    "--r, many, many",
    "--alpha, NaN, lora_alpha",
    "--dropout, 1, lora_dropout",
    "--learning-rate, 0, learning_rate",
    "--batch-size, 0, batch_size",
    "--epochs, 0, epochs",
    "--accumulation-steps, 0, accumulation_steps",
    "--warmup-ratio, 2, warmup_ratio",
    "--weight-decay, -1, weight_decay",
    "--max-grad-norm, -1, max_grad_norm",
    "--patience, -1, patience",
    "--checkpoint-steps, -1, checkpoint_steps",
    "--schedule, steep, steep",
    "--optimizer, sgd, 'unknown optimizer ''sgd'', known are adamw, paged-adamw, adamw8bit'",
    "--optimizer-memory, -1, --optimizer-memory",
    "--max-length, 2, --max-length",
    "--max-length, 513, 512",
    "--threads, 0, --threads",
    "--seed, x, --seed",
    "--target-modules, (, regular expression",
    "--model, gpt-17, gpt-17",
    "--model, a/b/c, 'neither minilm nor a directory, nor owner/name of a model'",
    "--model, ../a, no model",
    "--model, owner/name:m.gguf, GGUF",
    "--task, guess, guess",
    "--quant-block-size, 48, 48",
    "--quantize, int3, int3",
    "--dtype, float64, 'unknown --dtype ''float64'', known are float32, bfloat16, float16'",
    "--init-lora-weights, eva, '''eva'', known are [false, gaussian, loftq, olora, "
        + "orthogonal, pissa, pissa_niter_N, true]'",
    "--init-lora-weights, loftq, --quantize nf4",
    "--loftq-iter, 2, --init-lora-weights loftq",
  })
  void valuesMustBeInRange(String option, String value, String word) throws Exception {
    Path data = Samples.train(folder, 8);
    Path out = folder.resolve("out");
    List<Object> args =
        new ArrayList<>(List.of("train", "--data", data, "--out", out, option, value));
    Run.of(args.toArray()).fails(2, word);
    assertFalse(Files.exists(out));
  }

  @ParameterizedTest
  @CsvSource({
    "--loftq-iter, 0, loftq_iter",
    "--loftq-iter, often, often",
    "--loftq-iter, 2, no double quantization",
    "--alpha, 16, scaling",
    "--alpha, 0, scaling",
  })
  void loftqNeedsValuesThatGainSomething(String option, String value, String word)
      throws Exception {
    Path out = folder.resolve("out");
    Run.of(
            "train",
            "--data",
            Samples.train(folder, 8),
            "--out",
            out,
            "--quantize",
            "nf4",
            "--init-lora-weights",
            "loftq",
            option,
            value)
        .fails(2, word);
    assertFalse(Files.exists(out));
  }

  @Test
  void weightsHaveOneFormat() throws Exception {
    Path data = Samples.train(folder, 8);
    Path out = folder.resolve("out");
    Run.of("train", "--data", data, "--out", out, "--dtype", "float16", "--quantize", "nf4")
        .fails(2, "--dtype float16", "--quantize nf4");
    assertFalse(Files.exists(out));
  }

  @Test
  void adaptersNeedNamesThatDiffer() throws Exception {
    Path data = Samples.test(folder, 2);
    Path output = folder.resolve("out.jsonl");
    Run.of("predict", "--input", data, "--output", output, "--adapter", "a=x", "--adapter", "a=y")
        .fails(2, "'a'");
    Run.of("predict", "--input", data, "--output", output, "--adapter", "=x").fails(2, "NAME=");
    Run.of("predict", "--input", data, "--output", data, "--adapter", "a=x").fails(2, "--output");
  }
}
