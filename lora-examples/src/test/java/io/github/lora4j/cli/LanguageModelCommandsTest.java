package io.github.lora4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands of language models, with two adapters that learned opposite answers. */
class LanguageModelCommandsTest {
  @TempDir private static Path shared;
  private static Path model;
  private static Path honest;
  private static Path lying;

  @TempDir private Path folder;
  private Path input;
  private Path output;

  @BeforeAll
  static void trainOnce() throws Exception {
    model = TinyLanguageModel.write(shared.resolve("model"));
    honest = train("honest", "good", "bad");
    lying = train("lying", "bad", "good");
  }

  private static Path train(String name, String ofFine, String ofBroken) throws Exception {
    Path data =
        Files.writeString(
            shared.resolve(name + ".csv"),
            "text,label\nfine," + ofFine + "\nbroken," + ofBroken + "\n");
    Path out = shared.resolve(name);
    train(data, out).json();
    return out;
  }

  private static Run train(Path data, Path out, Object... more) {
    List<Object> args =
        new ArrayList<>(List.of("train", "--task", "causal-lm", "--model", model, "--json"));
    args.addAll(List.of("--data", data, "--eval", data, "--prompt-template", "is it {text}"));
    args.addAll(List.of("--epochs", 30, "--learning-rate", "1e-2", "--out", out));
    args.addAll(List.of(more));
    return Run.of(args.toArray());
  }

  @BeforeEach
  void files() {
    input = folder.resolve("in.jsonl");
    output = folder.resolve("out.jsonl");
  }

  private Run predict(Object... more) {
    List<Object> args =
        new ArrayList<>(List.of("predict", "--model", model, "--input", input, "--output", output));
    args.addAll(List.of(more));
    return Run.of(args.toArray());
  }

  /** What is written in 4 bits generates what the same weights do that were packed when opened. */
  @Test
  void quantizeWritesAModelThatGenerates() {
    Path packed = folder.resolve("packed");
    JsonNode written =
        Run.of(
                "quantize",
                "--model",
                model,
                "--type",
                "nf4",
                "--double-quant",
                "--out",
                packed,
                "--json")
            .json();
    assertEquals(14, written.path("quantized_tensors").asInt());
    JsonNode onTheFly =
        Run.of(
                "generate",
                "--model",
                model,
                "--quantize",
                "nf4",
                "--adapter",
                honest,
                "--prompt",
                "is it fine",
                "--json")
            .json();
    JsonNode fromFile =
        Run.of(
                "generate",
                "--model",
                packed,
                "--adapter",
                honest,
                "--prompt",
                "is it fine",
                "--json")
            .json();
    assertEquals(onTheFly.path("token_ids"), fromFile.path("token_ids"));
    assertEquals("good", fromFile.path("text").asText().strip());
    Run.of("quantize", "--model", packed, "--type", "nf4", "--out", folder.resolve("again"))
        .fails(1, "config.json", "quantized already");
  }

  /** Its adapter belongs to the weights that it was started over. */
  @Test
  void loftQStartsALanguageModel() throws Exception {
    Path data = Files.writeString(folder.resolve("few.csv"), "text,label\nfine,good\nbroken,bad\n");
    Path out = folder.resolve("loftq");
    Object[] loftq = {"--quantize", "nf4", "--no-double-quant", "--init-lora-weights", "loftq"};
    List<Object> options = new ArrayList<>(List.of(loftq));
    options.addAll(List.of("--loftq-iter", 2));
    JsonNode trained = train(data, out, options.toArray()).json();
    assertEquals("nf4/64/loftq-2", trained.path("weights").asText());
    List<Object> eval = new ArrayList<>(List.of("eval", "--model", model, "--adapter", out));
    eval.addAll(List.of("--data", data, "--max-new-tokens", 2, "--json"));
    Run.of(eval.toArray()).fails(1, "started by LoftQ", "without double quantization");
    eval.addAll(List.of("--quantize", "nf4", "--no-double-quant"));
    JsonNode evaluated = Run.of(eval.toArray()).json();
    assertEquals(trained.path("loss").asDouble(), evaluated.path("loss").asDouble(), 1e-5);
    train(data, folder.resolve("none"), "--init-lora-weights", "loftq")
        .fails(2, "--init-lora-weights loftq", "needs --quantize nf4");
  }

  /** The estimate of every part, and what is said where it is too much. */
  @Test
  void theMemoryOfATrainingIsPromised() throws Exception {
    Path data = Files.writeString(folder.resolve("few.csv"), "text,label\nfine,good\nbroken,bad\n");
    Path out = folder.resolve("budget");
    Run run = train(data, out, "--memory-budget", "4g");
    JsonNode memory = run.json().path("memory");
    assertEquals(4L << 30, memory.path("budget").asLong());
    for (String part : List.of("weights", "adapters", "optimizer", "activations")) {
      double estimate = memory.path("estimate").path(part).asDouble();
      double used = memory.path("used").path(part).asDouble();
      // So small a model is padded by much; CausalMemoryTest and docs/training.md have the rest.
      assertEquals(1, estimate / used, 0.25, part);
    }
    assertTrue(run.err().contains("of 4096 MB"), run.err());
    Path none = folder.resolve("none");
    train(data, none, "--memory-budget", "16m")
        .fails(1, "a memory budget of 16 MB is too small", "nothing fits, not even");
    assertFalse(Files.exists(none));
  }

  private List<JsonNode> lines() throws Exception {
    ObjectMapper mapper = new ObjectMapper();
    return mapper.readerFor(JsonNode.class).<JsonNode>readValues(output.toFile()).readAll();
  }

  private List<String> answers(String adapter) throws Exception {
    return lines().stream().map(line -> line.path(adapter).textValue()).toList();
  }

  @Test
  void aStartTakenFromTheBaseIsSavedAsAPlainAdapter() throws Exception {
    Path data = folder.resolve("data.csv");
    Files.writeString(data, "text,label\nfine,good\nbroken,bad\n");
    Path pissa = folder.resolve("pissa");
    train(data, pissa, "--init-lora-weights", "pissa", "--r", 4).json();
    JsonNode config = new ObjectMapper().readTree(pissa.resolve("adapter_config.json").toFile());
    assertTrue(config.path("init_lora_weights").asBoolean());
    assertEquals(8, config.path("r").asInt());
    Files.writeString(input, "{\"text\":\"fine\"}\n{\"text\":\"broken\"}\n");
    // One base serves it beside an adapter that started otherwise.
    predict("--adapter", pissa, "--adapter", "other=" + lying, "--json").json();
    assertEquals(List.of("good", "bad"), answers("pissa"));
    assertEquals(List.of("bad", "good"), answers("other"));
  }

  @Test
  void predictKeepsOrderAndFieldsAndAddsEveryAdapter() throws Exception {
    Files.writeString(
        input, "{\"n\":1,\"text\":\"fine\"}\n{\"text\":\"broken\"}\n{\"text\":\"fine\"}\n");
    JsonNode json = predict("--adapter", honest, "--adapter", "other=" + lying, "--json").json();
    assertEquals(3, json.get("texts").asInt());
    assertEquals("[\"honest\",\"other\"]", json.get("adapters").toString());
    assertEquals(6, json.get("generated_tokens").asInt());
    assertEquals(List.of("good", "bad", "good"), answers("honest"));
    assertEquals(List.of("bad", "good", "bad"), answers("other"));
    assertEquals(
        "{\"n\":1,\"text\":\"fine\",\"honest\":\"good\",\"other\":\"bad\"}",
        lines().get(0).toString());
    Run people = predict("--adapter", honest);
    assertTrue(people.out().startsWith("Answered 3 texts with 1 adapters"), people.out());
  }

  @Test
  void aFieldNamesTheAdapterOfEachRecord() throws Exception {
    Files.writeString(
        input,
        """
        {"task":"honest","text":"fine"}
        {"task":"other","text":"fine"}
        {"text":"is it fine"}
        {"task":null,"text":"is it fine"}
        {"task":"honest","text":"broken"}
        """);
    List<Object> both = List.of("--adapter", honest, "--adapter", "other=" + lying);
    List<Object> args = new ArrayList<>(both);
    args.addAll(List.of("--adapter-field", "task", "--max-new-tokens", 3, "--json"));
    JsonNode json = predict(args.toArray()).json();
    assertEquals(5, json.get("texts").asInt());
    List<String> answers = answers("prediction");
    String own = generate("--max-new-tokens", 3).get("text").asText();
    assertEquals(List.of("good", "bad", own, own, "bad"), answers);
    assertFalse(lines().get(0).has("honest"));

    Files.writeString(output, "earlier");
    Files.writeString(input, "{\"task\":\"honst\",\"text\":\"fine\"}\n");
    predict(args.toArray()).fails(1, "in.jsonl, line 1", "'honst'", "nearest: honest");
    Files.writeString(input, "{\"task\":[],\"text\":\"fine\"}\n");
    predict(args.toArray()).fails(1, "in.jsonl, line 1", "'task'", "string");
    Files.writeString(input, "{\"prediction\":1,\"text\":\"fine\"}\n");
    predict(args.toArray()).fails(1, "in.jsonl, line 1", "'prediction'");
    predict("--adapter-field", "task").fails(2, "--adapter-field", "--adapter");
    assertEquals("earlier", Files.readString(output));
  }

  @Test
  void questionsAreMessagesOrPromptsOrTexts() throws Exception {
    Files.writeString(
        input,
        """
        {"messages":[{"role":"user","content":"is it broken"}]}
        {"messages":[{"role":"user","content":"is it fine"},{"role":"assistant","content":"w50"}]}
        {"prompt":"is it broken","completion":"w50","text":"fine"}
        {"body":"is it fine"}
        """);
    Files.writeString(folder.resolve("table.csv"), "prompt\nis it broken\n");
    predict("--adapter", "a=" + honest, "--text-column", "body", "--prompt-template", "{text}")
        .succeeds();
    assertEquals(List.of("bad", "good", "bad", "good"), answers("a"));
    input = folder.resolve("table.csv");
    predict("--adapter", "a=" + honest).succeeds();
    assertEquals(List.of("bad"), answers("a"));
  }

  @Test
  void aModelByItselfAnswersAsGenerateDoes() throws Exception {
    Files.writeString(input, "{\"text\":\"is it fine\"}\n");
    predict("--max-new-tokens", 5).succeeds();
    String text = generate("--max-new-tokens", 5).get("text").asText();
    assertEquals(List.of(text), answers("prediction"));
    assertEquals(5, text.split(" ").length, text);
    predict("--max-new-tokens", 5, "--no-chat-template").succeeds();
    assertNotEquals(List.of(text), answers("prediction"));
    predict("--max-new-tokens", 5, "--stop", text.split(" ")[3]).succeeds();
    assertTrue(text.startsWith(answers("prediction").get(0).strip()), text);
    assertTrue(answers("prediction").get(0).split(" ").length < 5);
  }

  @Test
  void speedsAreThoseOfTokensEvenIfTheyGiveNoText() {
    // The whole text is held back, since it may be the beginning of the text that ends it.
    JsonNode two = generate("--max-new-tokens", 2);
    JsonNode held = generate("--max-new-tokens", 2, "--stop", two.get("text").asText() + " x");
    for (JsonNode json : List.of(two, held)) {
      assertEquals(2, json.get("generated_tokens").asInt());
      assertTrue(json.get("prefill_tokens_per_second").asDouble() > 0);
      assertTrue(json.get("decode_tokens_per_second").asDouble() > 0);
    }
    JsonNode one = generate("--max-new-tokens", 1);
    assertEquals(0, one.get("decode_tokens_per_second").asDouble());
  }

  private JsonNode generate(Object... more) {
    List<Object> args =
        new ArrayList<>(List.of("generate", "--model", model, "--prompt", "is it fine", "--json"));
    args.addAll(List.of(more));
    return Run.of(args.toArray()).json();
  }

  @Test
  void trainingReportsNoAccuracyThatItDidNotMeasure() throws Exception {
    int epochs = 0;
    for (String line : Files.readAllLines(honest.resolve("metrics.jsonl"))) {
      epochs += line.contains("\"eval_loss\"") ? 1 : 0;
      assertFalse(line.contains("accuracy"), line);
    }
    assertEquals(30, epochs);
    Run again = train(shared.resolve("honest.csv"), honest, "--resume");
    assertEquals(30, again.json().get("epochs").asInt());
    assertTrue(Files.size(honest.resolve("training.png")) > 0);
  }

  @Test
  void evalFindsTheAnswersThatPredictWrites() {
    JsonNode eval =
        Run.of(
                "eval",
                "--model",
                model,
                "--adapter",
                honest,
                "--data",
                shared.resolve("honest.csv"),
                "--json")
            .json();
    assertEquals(1.0, eval.get("exact_match").asDouble());
  }

  @Test
  void wrongUsage() throws Exception {
    Files.writeString(input, "{\"text\":\"fine\"}\n");
    predict("--max-length", 9).fails(2, "--max-length", "not cut");
    predict("--max-new-tokens", 0).fails(2, "max_new_tokens");
    predict("--prompt-template", "no place").fails(2, "{text}");
    predict("--adapter", "a=" + honest, "--adapter", "a=" + lying).fails(2, "'a'");
    Run.of(
            "predict",
            "--adapter",
            honest,
            "--input",
            input,
            "--output",
            output,
            "--max-new-tokens",
            3)
        .fails(2, "--max-new-tokens", "language models", "minilm");
    assertFalse(Files.exists(output));
  }

  @Test
  void badRecordsNameTheirLineAndLeaveTheOutputAsItWas() throws Exception {
    Files.writeString(output, "earlier");
    String good = "{\"prompt\":\"fine\"}\n";
    refused(good + "{\"prompt\":\"fine\",\"a\":1}", "line 2", "'a'");
    refused(good + "{\"body\":\"fine\"}", "line 2", "'messages'", "'prompt'", "'text'");
    refused(good + "{\"prompt\":\" \"}", "line 2", "empty");
    refused(good + "{\"prompt\":\"" + "fine ".repeat(70) + "\"}", "line 2", "context of 64");
    refused(good + "{\"messages\":[]}", "line 2", "no question");
    refused(
        good + "{\"messages\":[{\"role\":\"assistant\",\"content\":\"x\"}]}",
        "line 2",
        "no question");
    refused(good + "{\"messages\":[{\"role\":\"user\"}]}", "line 2", "content");
    refused("", "no records");
    assertEquals("earlier", Files.readString(output));
  }

  private void refused(String content, String... words) throws Exception {
    Files.writeString(input, content);
    Run run = predict("--adapter", "a=" + honest).fails(1, words);
    assertTrue(run.err().contains("in.jsonl"), run.err());
  }
}
