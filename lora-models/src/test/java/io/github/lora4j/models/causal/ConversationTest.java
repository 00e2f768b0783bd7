package io.github.lora4j.models.causal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.models.chat.ChatMessage;
import io.github.lora4j.models.chat.ChatTemplate;
import io.github.lora4j.models.data.DataException;
import io.github.lora4j.models.data.DataRecord;
import io.github.lora4j.models.data.RecordReader;
import io.github.lora4j.models.tokenizer.TextTokenizer;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From the records of a file to the tokens of an example. */
class ConversationTest {
  private static final Conversation.Columns COLUMNS =
      new Conversation.Columns(null, "text", "label");
  private static final ChatTemplate TEMPLATE =
      ChatTemplate.of(
          "test",
          "{% for m in messages %}<{{ m.role }}>{{ m.content }}!{% endfor %}"
              + "{% if add_generation_prompt %}<assistant>{% endif %}",
          Map.of());

  @TempDir private Path folder;

  @Test
  void allFormsOfRecords() throws Exception {
    Path file =
        file(
            "{\"prompt\": \"a\", \"completion\": \"b\"}",
            "{\"messages\": [{\"role\": \"system\", \"content\": \"s\"},"
                + " {\"role\": \"user\", \"content\": \"u\"},"
                + " {\"role\": \"assistant\", \"content\": \"v\"}]}");
    List<Conversation> read = Conversation.read(file, COLUMNS);
    assertEquals(List.of(new ChatMessage("user", "a")), read.get(0).question());
    assertEquals("b", read.get(0).answer());
    assertEquals(3, read.get(1).messages().size());
    assertEquals(2, read.get(1).line());

    Path labelled = file("{\"text\": \"Fine.\", \"label\": \"positive\"}");
    Conversation.Columns asking = new Conversation.Columns("Good? {text}", "text", "label");
    Conversation asked = Conversation.read(labelled, asking).get(0);
    assertEquals("Good? Fine.", asked.question().get(0).content());
    assertEquals("positive", asked.answer());
  }

  @Test
  void wrongRecordsNameTheirLine() throws Exception {
    for (String line :
        List.of(
            "{\"text\": \"x\", \"label\": \"y\"}",
            "{\"prompt\": \"x\"}",
            "{\"messages\": [{\"role\": \"user\", \"content\": \"u\"}]}",
            "{\"messages\": [{\"role\": \"user\"}, {\"role\": \"assistant\"}]}")) {
      Path file = file("{\"prompt\": \"a\", \"completion\": \"b\"}", line);
      DataException e =
          assertThrows(DataException.class, () -> Conversation.read(file, COLUMNS), line);
      assertTrue(
          e.getMessage().contains("line 2") || e.getMessage().contains(":2"), e.getMessage());
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> new Conversation.Columns("no place", "text", "label"));
  }

  @Test
  void questionsNeedNoAnswer() throws Exception {
    String user = "{\"role\": \"user\", \"content\": \"u\"}";
    Path file =
        file(
            "{\"prompt\": \"a\", \"text\": \"b\"}",
            "{\"text\": \"b\"}",
            "{\"messages\": [" + user + "]}",
            "{\"messages\": [" + user + ", {\"role\": \"assistant\", \"content\": \"v\"}]}");
    List<String> plain = new ArrayList<>();
    List<String> asked = new ArrayList<>();
    for (DataRecord record : RecordReader.readAll(file)) {
      plain.add(question(record, null));
      asked.add(question(record, "Good? {text}"));
    }
    assertEquals(List.of("a", "b", "u", "u"), plain);
    assertEquals(List.of("a", "Good? b", "u", "u"), asked);
  }

  private static String question(DataRecord record, String template) {
    List<ChatMessage> messages =
        Conversation.question(record, Conversation.Columns.ofText(template, "text"));
    assertEquals(1, messages.size());
    assertEquals("user", messages.get(0).role());
    return messages.get(0).content();
  }

  private Path file(String... lines) throws Exception {
    return Files.write(folder.resolve("data.jsonl"), List.of(lines));
  }

  @Test
  void answersAreLearnedAndQuestionsAreNot() throws Exception {
    try (TextTokenizer tokenizer = tokenizer()) {
      int end = tokenizer.encode("!", false)[0];
      PromptFormat format = new PromptFormat(tokenizer, TEMPLATE, List.of(end));
      Conversation two =
          new Conversation(
              1,
              List.of(
                  new ChatMessage("user", "one"),
                  new ChatMessage("assistant", "two"),
                  new ChatMessage("user", "three"),
                  new ChatMessage("assistant", "four")));
      CausalExample example = format.example(two);
      assertEquals(
          "<user>one!<assistant>two!<user>three!<assistant>four!",
          tokenizer.decode(example.ids(), false));
      BitSet learned = example.learned();
      StringBuilder answers = new StringBuilder();
      for (int i = learned.nextSetBit(0); i >= 0; ) {
        answers.append(tokenizer.decode(new int[] {example.ids()[i]}, false));
        i = learned.nextSetBit(i + 1);
      }
      assertEquals("two!four!", answers.toString());
      assertArrayEquals(format.prompt(two.question()), example.prompt());
      assertEquals(
          "<user>one!<assistant>",
          tokenizer.decode(format.prompt(two.messages().subList(0, 1)), false));
    }
  }

  @Test
  void withoutATemplateTheEndIsAdded() throws Exception {
    try (TextTokenizer tokenizer = tokenizer()) {
      PromptFormat plain = new PromptFormat(tokenizer, null, List.of(7, 8));
      List<ChatMessage> question = List.of(new ChatMessage("user", "one"));
      Conversation one =
          new Conversation(1, List.of(question.get(0), new ChatMessage("assistant", " two")));
      CausalExample example = plain.example(one);
      int[] ids = example.ids();
      assertEquals(7, ids[ids.length - 1]);
      int[] prompt = plain.prompt(question);
      assertEquals(ids.length - prompt.length, example.labels());
      assertArrayEquals(prompt, java.util.Arrays.copyOf(ids, prompt.length));
      assertArrayEquals(prompt, example.prompt());
      assertThrows(
          IllegalArgumentException.class,
          () -> plain.prompt(List.of(question.get(0), question.get(0))));
    }
  }

  @Test
  void longExamplesLoseTheirEndOrAreRefused() throws Exception {
    try (TextTokenizer tokenizer = tokenizer()) {
      PromptFormat format = new PromptFormat(tokenizer, TEMPLATE, List.of());
      Conversation long1 =
          new Conversation(
              5,
              List.of(new ChatMessage("user", "q"), new ChatMessage("assistant", "a b c d e f g")));
      int whole = format.example(long1).ids().length;
      CausalExamples cut = CausalExamples.of(format, List.of(long1, long1), whole - 2);
      assertEquals(2, cut.cut());
      assertEquals(whole - 2, cut.examples().get(0).ids().length);
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class, () -> CausalExamples.of(format, List.of(long1), 3));
      assertTrue(e.getMessage().contains("line 5"), e.getMessage());
    }
  }

  private static TextTokenizer tokenizer() throws URISyntaxException {
    return TextTokenizer.open(
        Path.of(ConversationTest.class.getResource("/golden/tokenizers/bytes").toURI()));
  }
}
