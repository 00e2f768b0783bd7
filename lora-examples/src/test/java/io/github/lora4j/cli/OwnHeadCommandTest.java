package io.github.lora4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The classification head of a checkpoint: without an adapter, and as the start of one. */
class OwnHeadCommandTest {
  private static final String TOKENIZER =
      """
      {"version": "1.0", "added_tokens": [], "normalizer": null, "decoder": null,
       "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null,
       "model": {"type": "WordLevel", "unk_token": "unk",
                 "vocab": {"unk": 3, "film": 4, "dull": 5, "fun": 6}}}
      """;

  @TempDir private Path folder;
  private Path model;
  private Path data;

  @BeforeEach
  void write() throws IOException {
    model = Files.createDirectory(folder.resolve("model"));
    Path golden = Path.of("../lora-models/src/test/resources/golden/distilbert-classifier");
    for (String file : List.of("config.json", "model.safetensors")) {
      Files.copy(golden.resolve(file), model.resolve(file));
    }
    Files.writeString(model.resolve("tokenizer.json"), TOKENIZER);
    data =
        Files.writeString(
            folder.resolve("data.csv"), "text,label\ndull film,bad\nfun film,good\nfilm,fair\n");
  }

  @Test
  void answersWithoutAnAdapter() throws IOException {
    Path output = folder.resolve("out.jsonl");
    Run.of(
            "predict",
            "--model",
            model,
            "--max-length",
            32,
            "--input",
            data,
            "--output",
            output,
            "--json")
        .json();
    JsonNode eval =
        Run.of("eval", "--model", model, "--max-length", 32, "--data", data, "--json").json();
    assertEquals(
        List.of("bad", "fair", "good"),
        new ObjectMapper().convertValue(eval.get("labels"), List.class));
    assertTrue(eval.get("adapter").isNull());
    int right = 0;
    for (String line : Files.readAllLines(output)) {
      JsonNode row = new ObjectMapper().readTree(line);
      right += row.at("/prediction/label").asText().equals(row.get("label").asText()) ? 1 : 0;
    }
    assertEquals(eval.get("accuracy").asDouble(), right / 3.0, 1e-9);
  }

  @Test
  void isTheStartOfAnAdapter() throws IOException {
    Path adapter = folder.resolve("adapter");
    JsonNode trained =
        Run.of(
                "train",
                "--model",
                model,
                "--max-length",
                32,
                "--data",
                data,
                "--eval",
                data,
                "--out",
                adapter,
                "--epochs",
                8,
                "--learning-rate",
                "1e-2",
                "--json")
            .json();
    String config = Files.readString(adapter.resolve("adapter_config.json"));
    assertTrue(config.contains("q_lin") && !config.contains("query"), config);
    assertEquals(1.0, trained.get("accuracy").asDouble());
    JsonNode eval =
        Run.of("eval", "--model", model, "--adapter", adapter, "--data", data, "--json").json();
    assertEquals(trained.get("loss").asDouble(), eval.get("loss").asDouble(), 1e-6);
  }

  @Test
  void theEmbeddedModelHasNone() {
    Run.of("predict", "--input", data, "--output", folder.resolve("x.jsonl"))
        .fails(2, "--adapter", "no classification head");
  }
}
