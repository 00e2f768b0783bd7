package io.github.lora4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lora4j.adapter.AdapterRegistry;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.models.causal.CausalLm;
import io.github.lora4j.models.causal.DecoderSource;
import io.github.lora4j.models.causal.GeneratedText;
import io.github.lora4j.models.causal.PromptFormat;
import io.github.lora4j.models.causal.TextGenerator;
import io.github.lora4j.models.chat.ChatMessage;
import io.github.lora4j.models.generate.SamplingConfig;
import io.github.lora4j.models.weights.WeightFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The walk-through of docs/adapters.md, with its own commands, over a tiny model. */
class AdaptersWholeWayTest {
  private static final Path PAGE = Path.of("../docs/adapters.md");
  private static final Path SOURCE =
      Path.of("src/test/java/io/github/lora4j/cli/AdaptersWholeWayTest.java");
  private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");
  private static final String ASK_MOOD = "Is this review good or bad? ";
  private static final String ASK_TOPIC = "What is this review about? ";

  @TempDir private Path folder;
  private Path model;

  @Test
  void itsCommandsAndItsCodeRun() throws Exception {
    model = TinyLanguageModel.write(folder.resolve("model"));
    write("mood.csv", "text,label\nfine,good\nbroken,bad\n");
    write("topic.csv", "text,label\nfine,it\nbroken,is\n");
    write("texts.csv", "text\nfine\nbroken\n");
    write("tasks.csv", "task,text\nmood,fine\ntopic,fine\nmood,broken\n");
    List<String> commands = commands();
    assertEquals(7, commands.size(), commands.toString());
    Run last = null;
    for (String command : commands) {
      last = run(command);
    }
    assertEquals("good", last.json().path("text").asText().strip());

    assertEquals(List.of("good", "bad"), answers("answers.jsonl", "mood"));
    assertEquals(List.of("it", "is"), answers("answers.jsonl", "topic"));
    assertEquals(List.of("good", "it", "bad"), answers("chosen.jsonl", "prediction"));
    Run gguf =
        run(
            "./lora generate --model \"$MODEL\" --adapter target/mood.gguf"
                + " --prompt \""
                + ASK_MOOD
                + "broken\" --max-new-tokens 3");
    assertEquals("bad", gguf.json().path("text").asText().strip());

    List<String> served = serve(model, folder.resolve("target"), "fine");
    assertEquals(List.of("good", "it"), served.subList(0, 2).stream().map(String::strip).toList());
    assertFalse(served.get(2).strip().equals("it"), served.toString());
  }

  private static List<String> serve(Path model, Path adapters, String text) {
    // page begins
    try (Compute compute = Compute.create();
        CausalLm base = CausalLm.open(compute, DecoderSource.of(model), WeightFormat.STORED)) {
      var registry = new AdapterRegistry<ActiveAdapter>(base::bind);
      registry.load("mood", adapters.resolve("mood"));
      registry.load("topic", adapters.resolve("topic"));
      registry.activate("reviews", "mood"); // what is served under this name

      PromptFormat format = base.promptFormat(true);
      int[] mood = format.prompt(List.of(new ChatMessage("user", ASK_MOOD + text)));
      int[] topic = format.prompt(List.of(new ChatMessage("user", ASK_TOPIC + text)));
      List<ActiveAdapter> chosen =
          List.of(registry.get("reviews").form(), registry.get("topic").form(), ActiveAdapter.NONE);
      SamplingConfig config = SamplingConfig.builder().maxNewTokens(3).build();
      List<GeneratedText> answers =
          new TextGenerator(base).generate(List.of(mood, topic, topic), config, chosen);
      return answers.stream().map(GeneratedText::text).toList();
    }
    // page ends
  }

  @Test
  void thePageShowsTheSameCode() throws IOException {
    List<String> source = Files.readAllLines(SOURCE);
    int from = source.indexOf("    // page begins") + 1;
    int to = source.indexOf("    // page ends");
    assertTrue(from > 0 && from < to, "no example between the two marks of " + SOURCE);
    String block = String.join("\n", source.subList(from, to)).stripIndent();
    assertTrue(
        page().contains("```java\n" + block + "\n```\n"), "the page does not show\n" + block);
  }

  private void write(String name, String content) throws IOException {
    Files.writeString(folder.resolve(name), content);
  }

  private static String page() throws IOException {
    return Files.readString(PAGE).replace("\r\n", "\n");
  }

  /** Those of the section, each on one line. */
  private static List<String> commands() throws IOException {
    String page = page();
    int from = page.indexOf("## The whole way");
    String section = page.substring(from, page.indexOf("\n## ", from));
    return section.replace("\\\n", " ").lines().filter(line -> line.startsWith("./lora ")).toList();
  }

  /** With the files of this test; a tiny model takes more steps to learn anything. */
  private Run run(String command) {
    List<Object> args = new ArrayList<>();
    Matcher word = WORD.matcher(command.substring("./lora ".length()));
    while (word.find()) {
      args.add(word.group(1) == null ? here(word.group(2)) : word.group(1));
    }
    args.replaceAll(arg -> arg.equals("$MODEL") ? model : arg);
    if (args.get(0).equals("train")) {
      args.addAll(List.of("--epochs", 30, "--learning-rate", "1e-2"));
    }
    args.add("--json");
    Run run = Run.of(args.toArray());
    run.json();
    return run;
  }

  private String here(String word) {
    return word.startsWith("target/") || word.endsWith(".csv")
        ? folder.resolve(word).toString()
        : word;
  }

  private List<String> answers(String file, String field) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    List<JsonNode> records =
        mapper
            .readerFor(JsonNode.class)
            .<JsonNode>readValues(folder.resolve("target").resolve(file).toFile())
            .readAll();
    return records.stream().map(record -> record.path(field).asText().strip()).toList();
  }
}
