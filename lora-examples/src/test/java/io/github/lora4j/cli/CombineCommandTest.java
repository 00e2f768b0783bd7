package io.github.lora4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code combine} with two adapters of a tiny language model that are trained once. */
class CombineCommandTest {
  @TempDir private static Path shared;
  private static Path base;
  private static Path data;

  @TempDir private Path folder;

  @BeforeAll
  static void trainTwo() throws IOException {
    base = TinyLlama.write(shared.resolve("base"));
    data =
        Files.writeString(
            shared.resolve("data.jsonl"), "{\"prompt\": \"one\", \"completion\": \"two\"}\n");
    train("a", 4, 1);
    train("b", 2, 2);
  }

  private static void train(String name, int rank, int seed) {
    Run.of(
            "train",
            "--task",
            "causal-lm",
            "--model",
            base,
            "--data",
            data,
            "--epochs",
            "20",
            "--learning-rate",
            "0.01",
            "--r",
            rank,
            "--seed",
            seed,
            "--out",
            shared.resolve(name),
            "--json")
        .json();
  }

  private Run combine(String weights, Object... more) {
    Object[] args = new Object[9 + more.length];
    Object[] first = {
      "combine",
      "--adapter",
      shared.resolve("a"),
      "--adapter",
      "second=" + shared.resolve("b"),
      "--weights",
      weights,
      "--out",
      folder.resolve("out")
    };
    System.arraycopy(first, 0, args, 0, 9);
    System.arraycopy(more, 0, args, 9, more.length);
    return Run.of(args);
  }

  private static double loss(Object adapter) {
    return Run.of("eval", "--model", base, "--adapter", adapter, "--data", data, "--json")
        .json()
        .get("loss")
        .asDouble();
  }

  @Test
  void aWeightOfOneAndOneOfZeroIsTheFirstAdapter() {
    JsonNode json = combine("1,0", "--combination-type", "cat", "--json").json();
    assertEquals(6, json.get("r").asInt());
    assertEquals(7, json.get("modules").asInt());
    assertEquals(loss(shared.resolve("a")), loss(folder.resolve("out")), 1e-6);
  }

  @Test
  void theBestOfTheHighestRankIsTheDefault() {
    JsonNode json = combine("1,-0.5", "--json").json();
    assertEquals("svd", json.get("combination_type").asText());
    assertEquals(4, json.get("r").asInt());
    assertTrue(Double.isFinite(loss(folder.resolve("out"))));
  }

  @Test
  void wrongUsageWritesNothing() {
    combine("1").fails(2, "--weights has 1 for 2 adapters");
    combine("1,NaN").fails(2, "the weight of adapter 'second' is NaN");
    combine("1,x").fails(2, "x");
    combine("1,1", "--combination-type", "mean").fails(2, "combination_type = mean is none of");
    combine("1,1", "--combination-type", "ties").fails(2, "density = null must be set for ties");
    combine("1,1", "--combination-type", "ties", "--density", "1.5").fails(2, "density = 1.5");
    combine("1,1", "--density", "0.5").fails(2, "density = 0.5 is for types that prune");
    combine("1,1", "--combination-type", "cat", "--svd-rank", "2").fails(2, "svd_rank = 2 is not");
    combine("1,1", "--majority-sign-method", "most").fails(2, "majority_sign_method = most");
    combine("1,1,1", "--adapter", shared.resolve("a")).fails(2, "two adapters are named 'a'");
    assertFalse(Files.exists(folder.resolve("out")));
  }

  @Test
  void whatCannotBeCombinedIsOneLine() throws IOException {
    combine("1,1", "--combination-type", "linear")
        .fails(1, "the adapters have ranks [4, 2], and linear needs equal ones");
    assertFalse(Files.exists(folder.resolve("out")));
    Path file = Files.createDirectory(folder.resolve("out")).resolve("x");
    Files.writeString(file, "");
    combine("1,1").fails(1, "is not empty");
  }
}
