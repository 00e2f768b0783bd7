package io.github.lora4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code eval} and {@code predict} with an adapter that is trained once. */
class AdapterCommandsTest {
  @TempDir private static Path shared;
  private static Path adapter;
  private static JsonNode trained;

  @TempDir private Path folder;
  private Path test;
  private Path output;

  @BeforeAll
  static void trainOnce() throws Exception {
    adapter = shared.resolve("sentiment");
    trained =
        Run.of(
                "train",
                "--data",
                Samples.train(shared, 64),
                "--eval",
                Samples.test(shared, 24),
                "--out",
                adapter,
                "--epochs",
                2,
                "--learning-rate",
                "3e-3",
                "--max-length",
                48,
                "--batch-size",
                16,
                "--json")
            .json();
  }

  @BeforeEach
  void writeData() throws Exception {
    test = Samples.test(folder, 24);
    output = folder.resolve("answers.jsonl");
  }

  @Test
  void evalGivesWhatTrainingReported() {
    JsonNode json = Run.of("eval", "--adapter", adapter, "--data", test, "--json").json();
    assertEquals(trained.path("accuracy").asDouble(), json.path("accuracy").asDouble());
    assertEquals(trained.path("loss").asDouble(), json.path("loss").asDouble(), 1e-6);
    for (String field : List.of("samples_per_second", "peak_rss_mb", "seconds")) {
      assertTrue(json.path(field).asDouble() > 0, field);
    }
    int right = 0;
    int all = 0;
    for (int i = 0; i < 2; i++) {
      right += json.path("confusion_matrix").path(i).path(i).asInt();
      all += json.path("per_label").path(i == 0 ? "negative" : "positive").path("support").asInt();
    }
    assertEquals(24, all);
    assertEquals(json.path("accuracy").asDouble(), right / 24.0, 1e-12);
  }

  @Test
  void evalRefusesLabelsThatTheAdapterDoesNotKnow() throws Exception {
    Files.writeString(test, "{\"text\": \"so so\", \"label\": \"neutral\"}\n");
    Run.of("eval", "--adapter", adapter, "--data", test).fails(1, "line 1", "neutral", "negative");
  }

  @Test
  void damagedAndForeignAdaptersAreRefused() throws Exception {
    Path copy = Files.createDirectories(folder.resolve("copy"));
    evalCopy(copy).fails(1, copy.toString(), "adapter_config.json");
    for (String name : List.of("adapter_config.json", "adapter_model.safetensors", "lora4j.json")) {
      Files.copy(adapter.resolve(name), copy.resolve(name));
    }
    evalCopy(copy).json();

    Path info = copy.resolve("lora4j.json");
    String original = Files.readString(info);
    Files.writeString(info, original.replaceAll("crc32c:\\w+", "crc32c:00000000"));
    evalCopy(copy).fails(1, "another base model");
    Files.writeString(info, original);

    Path weights = copy.resolve("adapter_model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    byte[] notFinite = bytes.clone();
    Arrays.fill(notFinite, bytes.length - 8, bytes.length, (byte) 0xFF);
    Files.write(weights, notFinite);
    evalCopy(copy).fails(1, "adapter_model.safetensors");
    Files.write(weights, Arrays.copyOf(bytes, bytes.length - 100));
    evalCopy(copy).fails(1, "adapter_model.safetensors");
    Files.delete(weights);
    evalCopy(copy).fails(1, "adapter_model.safetensors");
  }

  private Run evalCopy(Path copy) {
    return Run.of("eval", "--adapter", copy, "--data", test, "--json");
  }

  @Test
  void predictKeepsOrderAndFieldsAndAddsEveryAdapter() throws Exception {
    JsonNode json =
        Run.of(
                "predict",
                "--adapter",
                "mood=" + adapter,
                "--adapter",
                adapter,
                "--input",
                test,
                "--output",
                output,
                "--json")
            .json();
    assertEquals(24, json.path("texts").asInt());
    List<String> lines = Files.readAllLines(output);
    List<String> inputs = Files.readAllLines(test);
    assertEquals(inputs.size(), lines.size());
    int right = 0;
    for (int i = 0; i < lines.size(); i++) {
      JsonNode answer = new ObjectMapper().readTree(lines.get(i));
      assertTrue(lines.get(i).startsWith(inputs.get(i).substring(0, inputs.get(i).length() - 1)));
      assertEquals(answer.path("mood"), answer.path("sentiment"));
      double score = answer.path("mood").path("score").asDouble();
      assertTrue(score >= 0.5 && score <= 1, lines.get(i));
      right += answer.path("mood").path("label").equals(answer.path("label")) ? 1 : 0;
    }
    assertEquals(trained.path("accuracy").asDouble(), right / 24.0, 1e-12);
  }

  @Test
  void aFieldNamesTheAdapterOfEachRecord() throws Exception {
    Path table = Files.writeString(folder.resolve("in.csv"), "task,text\na,fine\nb,fine\na,bad\n");
    String[] fixed = {"predict", "--adapter", "a=" + adapter, "--adapter", "b=" + adapter};
    List<Object> args = new ArrayList<>(List.of((Object[]) fixed));
    args.addAll(List.of("--input", table, "--output", output, "--json"));
    Run.of(args.toArray()).json();
    List<String> each = Files.readAllLines(output);
    args.addAll(List.of("--adapter-field", "task"));
    assertEquals(3, Run.of(args.toArray()).json().path("texts").asInt());
    List<String> chosen = Files.readAllLines(output);
    for (int i = 0; i < 3; i++) {
      JsonNode expected = new ObjectMapper().readTree(each.get(i)).path(i == 1 ? "b" : "a");
      assertEquals(expected, new ObjectMapper().readTree(chosen.get(i)).path("prediction"));
    }
    Files.writeString(table, "task,text\na,fine\n,fine\n");
    Run.of(args.toArray()).fails(1, "in.csv, line 3", "'task'", "no head of its own");
  }

  @Test
  void predictReadsTables() throws Exception {
    Path table = Files.writeString(folder.resolve("in.tsv"), "review\tn\n\"a \"\"b\"\"\"\t1\n");
    Run.of(
            "predict",
            "--adapter",
            "s=" + adapter,
            "--input",
            table,
            "--output",
            output,
            "--text-column",
            "review",
            "--json")
        .json();
    JsonNode answer = new ObjectMapper().readTree(Files.readString(output));
    assertEquals("a \"b\"", answer.path("review").asText());
    assertEquals("1", answer.path("n").asText());
    assertTrue(answer.path("s").path("label").isTextual());
  }

  @Test
  void longTextsAreCutWithOneWarning() throws Exception {
    String longText = "{\"text\": \"" + "good ".repeat(5000) + "\"}\n";
    Files.writeString(test, longText + "{\"text\": \"short\"}\n" + longText);
    PrintStream before = System.err;
    ByteArrayOutputStream warnings = new ByteArrayOutputStream();
    System.setErr(new PrintStream(warnings, true, StandardCharsets.UTF_8));
    try {
      predict("a=" + adapter).json();
    } finally {
      System.setErr(before);
    }
    String text = warnings.toString(StandardCharsets.UTF_8);
    assertEquals(1, text.lines().count(), text);
    assertTrue(text.contains("2 of 3 texts are longer than 48 tokens"), text);
  }

  @Test
  void badInputLeavesTheOutputAsItWas() throws Exception {
    Files.writeString(output, "earlier");
    predict("label=" + adapter).fails(1, "test.jsonl, line 1", "'label'");
    Files.writeString(test, "");
    predict("a=" + adapter).fails(1, "test.jsonl", "no records");
    Files.writeString(test, "{\"text\": \"good\"}\n{\"text\": \" \"}\n");
    predict("a=" + adapter).fails(1, "test.jsonl, line 2", "empty");
    Files.writeString(test, "{\"text\": \"good\"}\n{\"body\": \"good\"}\n");
    predict("a=" + adapter).fails(1, "test.jsonl, line 2", "'text'", "'body'");
    Files.writeString(test, "{\"text\": \"good\"}\n{\"text\": \n");
    predict("a=" + adapter).fails(1, "test.jsonl, line 2", "not valid JSON");
    Files.write(test, new byte[] {'{', (byte) 0xFF, '}'});
    predict("a=" + adapter).fails(1, "test.jsonl, line 1", "not UTF-8");
    test = folder.resolve("missing.jsonl");
    predict("a=" + adapter).fails(1, "missing.jsonl", "no such file");
    assertEquals("earlier", Files.readString(output));
    try (var files = Files.list(folder)) {
      assertFalse(files.anyMatch(file -> file.toString().endsWith(".tmp")));
    }
  }

  @Test
  void outputsThatCannotBeWrittenAreNamed() {
    output = folder.resolve("no").resolve("folder.jsonl");
    predict("a=" + adapter).fails(1, "folder.jsonl", "no such file or folder");
    output = folder;
    predict("a=" + adapter).fails(1, folder.toString(), "is a folder");
  }

  private Run predict(String named) {
    return Run.of("predict", "--adapter", named, "--input", test, "--output", output, "--json");
  }
}
