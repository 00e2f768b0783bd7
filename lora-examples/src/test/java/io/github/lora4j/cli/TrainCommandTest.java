package io.github.lora4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainCommandTest {
  private static final String WEIGHTS = "adapter_model.safetensors";

  @TempDir private Path folder;
  private Path train;
  private Path test;
  private Path out;

  @BeforeEach
  void writeData() throws Exception {
    train = Samples.train(folder, 24);
    test = Samples.test(folder, 8);
    out = folder.resolve("out");
  }

  @Test
  void trainsAndReports() throws Exception {
    JsonNode json = train("--eval", test, "--epochs", 2).json();
    for (String field : List.of("samples_per_second", "peak_rss_mb", "seconds", "loss")) {
      assertTrue(json.path(field).asDouble() > 0, field);
    }
    assertTrue(json.path("accuracy").isNumber());
    assertEquals(out.toString(), json.path("adapter").asText());
    assertEquals(2, json.path("epochs").asInt());
    assertEquals("minilm", json.path("base").asText());
    assertEquals("adamw", json.path("optimizer").asText());
    assertEquals("[\"negative\",\"positive\"]", json.path("labels").toString());
    // A and B of query and value in 6 layers, and the head.
    assertEquals(6 * 2 * 2 * 8 * 384 + 2 * 384 + 2, json.path("trainable_parameters").asInt());
    assertTrue(ImageIO.read(out.resolve("training.png").toFile()).getWidth() > 100);
    assertEquals(6 + 2, Files.readAllLines(out.resolve("metrics.jsonl")).size());
    String config = Files.readString(out.resolve("adapter_config.json"));
    assertTrue(config.contains("\"SEQ_CLS\""), config);
  }

  @Test
  void withoutEvaluationOnlyTheTrainingLossIsKnown() {
    Run run = train();
    JsonNode json = run.json();
    assertTrue(json.path("accuracy").isNull());
    assertTrue(json.path("loss").asDouble() > 0);
    assertTrue(run.err().contains("no --eval"), run.err());
  }

  @Test
  void withoutJsonThereAreLinesForPeople() {
    Run run =
        Run.of("train", "--data", train, "--out", out, "--epochs", 1, "--max-length", 16, "--r", 2);
    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().contains("Adapter: " + out), run.out());
  }

  @Test
  void sameSeedGivesTheSameBytes() throws Exception {
    train("--dropout", 0.1, "--seed", 3);
    byte[] first = Files.readAllBytes(out.resolve(WEIGHTS));
    out = folder.resolve("again");
    train("--dropout", 0.1, "--seed", 3);
    assertArrayEquals(first, Files.readAllBytes(out.resolve(WEIGHTS)));
    train("--dropout", 0.1, "--seed", 4);
    assertFalse(Arrays.equals(first, Files.readAllBytes(out.resolve(WEIGHTS))));
  }

  @Test
  void optimizersDifferInMemoryAndIn8BitsOnly() throws Exception {
    train("--seed", 3);
    byte[] plain = Files.readAllBytes(out.resolve(WEIGHTS));
    List<Path> files = list(out);
    Run paged = train("--seed", 3, "--optimizer", "paged-adamw", "--optimizer-memory", 0);
    assertEquals("paged-adamw", paged.json().path("optimizer").asText());
    assertArrayEquals(plain, Files.readAllBytes(out.resolve(WEIGHTS)));
    assertEquals(Set.copyOf(files), Set.copyOf(list(out)));
    out = folder.resolve("8bit");
    Run eightBit = train("--seed", 3, "--optimizer", "adamw8bit", "--r", 16);
    assertEquals("adamw8bit", eightBit.json().path("optimizer").asText());
    train("--seed", 3, "--r", 16, "--resume")
        .fails(1, "training_state.safetensors", "adamw8bit, now it is adamw");
  }

  @Test
  void targetModulesAreNamesAnExpressionOrAll() {
    int one = 8 * (384 + 384);
    int head = 2 * 384 + 2;
    assertEquals(6 * one + head, parameters("key"));
    assertEquals(one + head, parameters(".*layer\\.0\\..*(query|nothing)"));
    assertEquals(6 * (4 * one + 2 * 8 * (384 + 1536)) + head, parameters("all-linear"));
  }

  private int parameters(String targets) {
    return train("--target-modules", targets).json().path("trainable_parameters").asInt();
  }

  @Test
  void targetsThatMatchNothingAreRefusedWithTheNearestNames() {
    train("--target-modules", "querry").fails(1, "querry", "attention.self.query");
    assertFalse(Files.exists(out));
  }

  @Test
  void badDataIsRefusedBeforeAnythingIsWritten() throws Exception {
    train = folder.resolve("missing.jsonl");
    train().fails(1, "missing.jsonl", "no such file");
    train = Files.createFile(folder.resolve("empty.jsonl"));
    train().fails(1, "empty.jsonl", "no records");
    train = Files.writeString(folder.resolve("column.jsonl"), "{\"text\": \"good\"}\n");
    train().fails(1, "column.jsonl, line 1", "'label'");
    train = Files.writeString(folder.resolve("blank.csv"), "text,label\n ,x\n");
    train().fails(1, "blank.csv, line 2", "empty");
    train = Files.writeString(folder.resolve("one.csv"), "text,label\na,x\nb,x\n");
    train().fails(1, "one.csv", "two labels");
    train = Files.write(folder.resolve("latin.csv"), new byte[] {'t', (byte) 0xE9, '\n'});
    train().fails(1, "latin.csv, line 1", "not UTF-8");
    train = Files.writeString(folder.resolve("data.xlsx"), "x");
    train().fails(1, "data.xlsx", ".jsonl");
    assertFalse(Files.exists(out));
  }

  @Test
  void unknownLabelInTheEvaluationFileIsRefused() throws Exception {
    Files.writeString(test, "{\"text\": \"fair\", \"label\": \"neutral\"}\n");
    train("--eval", test).fails(1, "test.jsonl, line 1", "neutral", "positive");
    assertFalse(Files.exists(out));
  }

  @Test
  void otherColumnsCanBeNamed() throws Exception {
    List<String> lines = Files.readAllLines(train);
    lines.replaceAll(line -> line.replace("\"text\"", "\"body\"").replace("\"label\"", "\"y\""));
    Files.write(train, lines);
    train("--text-column", "body", "--label-column", "y").json();
  }

  @Test
  void foldersOfOthersAreLeftAlone() throws Exception {
    Files.createDirectories(out);
    Path notes = Files.writeString(out.resolve("notes.txt"), "mine");
    train().fails(1, "notes.txt");
    assertEquals(List.of(notes), list(out));
    out = notes;
    train().fails(1, "notes.txt", "is a file");
    out = notes.resolve("below");
    train().fails(1, "notes.txt");
    assertEquals("mine", Files.readString(notes));
  }

  @Test
  void anEarlierAdapterStaysUntilTheNewOneIsComplete() throws Exception {
    train();
    byte[] earlier = Files.readAllBytes(out.resolve(WEIGHTS));
    train("--learning-rate", 1e30, "--max-grad-norm", 0, "--epochs", 2)
        .fails(1, "loss", "learning_rate");
    assertArrayEquals(earlier, Files.readAllBytes(out.resolve(WEIGHTS)));
    JsonNode json = Run.of("eval", "--adapter", out, "--data", test, "--json").json();
    assertEquals(8, json.path("examples").asInt());
  }

  @Test
  void debugShowsWhereAnErrorComesFrom() {
    train = folder.resolve("missing.jsonl");
    Run run = train("--debug");
    assertEquals(1, run.status());
    assertTrue(run.err().contains("\tat "), run.err());
  }

  private Run train(Object... more) {
    List<Object> args =
        new ArrayList<>(
            List.of(
                "train",
                "--data",
                train,
                "--out",
                out,
                "--batch-size",
                8,
                "--max-length",
                24,
                "--threads",
                2,
                "--json"));
    args.addAll(List.of(more));
    if (!args.contains("--epochs")) {
      args.addAll(List.of("--epochs", 1));
    }
    return Run.of(args.toArray());
  }

  private static List<Path> list(Path folder) throws Exception {
    try (var files = Files.list(folder)) {
      return files.toList();
    }
  }
}
