package io.github.lora4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizeCommandTest {
  private static final Path GOLDEN = Path.of("../lora-models/src/test/resources/golden");
  private static final Path DIRECTORY = GOLDEN.resolve("tokenizers/bytes");
  private static final Path GGUF = GOLDEN.resolve("gguf/bytes.gguf");

  @TempDir private Path folder;
  private Path input;
  private Path output;

  @BeforeEach
  void texts() throws IOException {
    input = folder.resolve("in.jsonl");
    output = folder.resolve("out.jsonl");
    Files.writeString(
        input, "{\"text\":\"a\",\"n\":1}\n{\"text\":\"<|im_end|>a\"}\n{\"text\":\" \"}\n");
  }

  private List<JsonNode> lines() throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    return mapper.readerFor(JsonNode.class).<JsonNode>readValues(output.toFile()).readAll();
  }

  @Test
  void writesIdsBesideTheFields() throws IOException {
    Run run = tokenize(DIRECTORY, "--json");
    assertEquals(3, run.json().get("texts").intValue());
    assertEquals(7, run.json().get("tokens").intValue());
    List<JsonNode> lines = lines();
    int a = lines.get(0).get("ids").get(1).intValue();
    assertEquals("{\"text\":\"a\",\"n\":1,\"ids\":[0," + a + "]}", lines.get(0).toString());
    assertEquals("[0,2," + a + "]", lines.get(1).get("ids").toString());
    assertEquals(2, lines.get(2).get("ids").size());
  }

  /** The same vocabulary in a GGUF file, which puts nothing before a text. */
  @Test
  void readsGgufFiles() throws IOException {
    tokenize(DIRECTORY, "--no-special-tokens", "--json").json();
    List<JsonNode> expected = lines();
    tokenize(GGUF, "--json").json();
    assertEquals(expected, lines());
    Run run = tokenize(GGUF);
    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().contains("Tokenized 3 texts to 4 tokens"), run.out());
  }

  @Test
  void wrongUsageAndWrongFiles() throws IOException {
    tokenize(folder.resolve("none")).fails(2, "no model", "neither a GGUF file nor a directory");
    tokenize(folder).fails(1, "tokenizer.json: no such file");
    tokenize(input).fails(1, "in.jsonl", "not with 'GGUF'");
    Run.of("tokenize", "--model", GGUF, "--input", input, "--output", input)
        .fails(2, "--output is the file of --input");
    Run.of("tokenize", "--model", GGUF, "--input", input, "--output", folder)
        .fails(1, "is a folder");
    Run.of("tokenize", "--model", GGUF, "--input", input).fails(2, "--output");
    tokenize(GGUF, "--text-column", "body").fails(1, "no field 'body'");
    Files.writeString(input, "{\"text\":\"a\",\"ids\":1}\n");
    tokenize(GGUF).fails(1, "has a field 'ids' already");
    Files.writeString(input, "{\"text\":1}\n");
    tokenize(GGUF).fails(1, "must be a string");
    Files.writeString(input, "");
    tokenize(GGUF).fails(1, "no records");
    assertFalse(Files.exists(output));
  }

  private Run tokenize(Path model, Object... more) {
    List<Object> args =
        new ArrayList<>(
            List.of("tokenize", "--model", model, "--input", input, "--output", output));
    args.addAll(List.of(more));
    return Run.of(args.toArray());
  }
}
