package io.github.lora4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryBudgetCommandTest {
  private static final double TOLERANCE = 0.1;

  @TempDir private Path folder;
  private Path train;
  private Path out;

  @BeforeEach
  void writeData() throws Exception {
    train = Samples.train(folder, 64);
    out = folder.resolve("out");
  }

  @Test
  void estimateAndUseOfEveryPartAreReported() {
    Run run = train("--memory-budget", "4g");
    JsonNode memory = run.json().path("memory");
    assertEquals(4L << 30, memory.path("budget").asLong());
    for (String part : List.of("weights", "adapters", "optimizer", "activations")) {
      double estimate = memory.path("estimate").path(part).asDouble();
      double used = memory.path("used").path(part).asDouble();
      assertTrue(used > 0, part);
      assertEquals(1, estimate / used, TOLERANCE, part);
    }
    for (String part : List.of("data", "runtime", "loading", "total")) {
      assertTrue(memory.path("estimate").path(part).asLong() > 0, part);
    }
    assertTrue(memory.path("used").path("total").asLong() > 0);
    assertTrue(run.err().contains("of 4096 MB"), run.err());
  }

  @Test
  void withoutABudgetTheEstimateIsPrintedToo() {
    Run run = train();
    assertTrue(run.json().path("memory").path("budget").isNull());
    assertTrue(run.err().contains("memory: about "), run.err());
  }

  @Test
  void whatIsTooLittleNamesWhatFits() {
    // What the virtual machine takes differs from one to the next: a little over the least
    // possible.
    String least = train("--batch-size", 64, "--memory-budget", "64m").err();
    Matcher megabytes = Pattern.compile("nothing fits, not even .*: (\\d+) MB").matcher(least);
    assertTrue(megabytes.find(), least);
    int budget = Integer.parseInt(megabytes.group(1)) + 20;
    Run run = train("--batch-size", 64, "--memory-budget", budget + "m");
    run.fails(1, "a memory budget of " + budget + " MB is too small", "needs", "it fits with --");
    assertFalse(Files.exists(out));
    String advice = run.err().replaceFirst("(?s).*it fits with ", "").strip();
    List<Object> options = new ArrayList<>(List.of(advice.replaceFirst(": .*", "").split(" ")));
    if (!options.contains("--batch-size")) {
      options.addAll(List.of("--batch-size", 64));
    }
    options.addAll(List.of("--memory-budget", budget + "m"));
    train(options.toArray()).json();
  }

  @Test
  void whatCanNeverFitSaysHowLittleIsPossible() {
    train("--memory-budget", "64m").fails(1, "64 MB is too small", "nothing fits, not even --");
    assertFalse(Files.exists(out));
  }

  @ParameterizedTest
  @ValueSource(strings = {"800", "much", "1.5g", "0m", "-2g"})
  void badAmountsAreWrongUsage(String amount) {
    train("--memory-budget=" + amount).fails(2, "--memory-budget");
    assertFalse(Files.exists(out));
  }

  private Run train(Object... more) {
    List<Object> args =
        new ArrayList<>(
            List.of("train", "--data", train, "--out", out, "--epochs", 1, "--threads", 1));
    args.add("--json");
    args.addAll(List.of(more));
    return Run.of(args.toArray());
  }
}
