package io.github.lora4j.models.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Every prompt and every refusal is that of transformers. */
class ChatTemplateGoldenTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonNode GOLDEN = read();
  private static final Clock NOW =
      Clock.fixed(
          LocalDateTime.parse(GOLDEN.get("now").textValue()).toInstant(ZoneOffset.UTC),
          ZoneOffset.UTC);

  /** Where Python's own message is not repeated, only that it fails is compared. */
  private static final String RAISED =
      "Conversation roles|After the optional|System role|Only user and|Cannot put tools|no: .*";

  @Test
  void promptsOfModelFamilies() {
    Map<String, ChatTemplate> templates = new HashMap<>();
    GOLDEN
        .get("templates")
        .fields()
        .forEachRemaining(
            field -> templates.put(field.getKey(), template(field.getKey(), field.getValue())));
    List<String> wrong = new ArrayList<>();
    for (JsonNode one : GOLDEN.get("cases")) {
      String conversation = one.get("conversation").textValue();
      String name =
          one.get("template").textValue() + "/" + conversation + "/" + one.get("variables");
      compare(
          name,
          one,
          () ->
              templates
                  .get(one.get("template").textValue())
                  .render(
                      messages(conversation),
                      one.get("prompt").booleanValue(),
                      variables(one.get("variables"))),
          wrong);
    }
    assertEquals(List.of(), wrong);
  }

  @Test
  void featuresOfJinja() {
    JsonNode tools = GOLDEN.findValue("tools");
    List<String> wrong = new ArrayList<>();
    for (JsonNode one : GOLDEN.get("features")) {
      String source = one.get("template").textValue();
      compare(
          source,
          one,
          () ->
              ChatTemplate.of("test", source, Map.of("bos_token", "<s>"))
                  .withClock(NOW)
                  .render(
                      messages("long"),
                      true,
                      Map.of("tools", JSON.convertValue(tools, Object.class))),
          wrong);
    }
    assertEquals(List.of(), wrong);
  }

  private interface Rendering {
    String get();
  }

  private static void compare(
      String name, JsonNode expected, Rendering rendering, List<String> wrong) {
    try {
      String text = rendering.get();
      if (expected.has("error")) {
        wrong.add(name + "\n  should fail: " + expected.get("error") + "\n  but gave: " + text);
      } else if (!text.equals(expected.get("text").textValue())) {
        wrong.add(name + "\n  expected: " + expected.get("text") + "\n  but gave: " + text);
      }
    } catch (ChatTemplateException e) {
      if (!expected.has("error")) {
        wrong.add(name + "\n  expected: " + expected.get("text") + "\n  but failed: " + e);
      } else {
        String message = expected.get("error").textValue();
        if (message.matches("(?s)(" + RAISED + ").*")) {
          assertTrue(e.getMessage().endsWith(": " + message), e.getMessage());
        }
      }
    }
  }

  private static ChatTemplate template(String name, JsonNode node) {
    Map<String, String> special =
        JSON.convertValue(node.get("special"), new TypeReference<Map<String, String>>() {});
    return ChatTemplate.of(name, node.get("source").textValue(), special).withClock(NOW);
  }

  private static List<ChatMessage> messages(String conversation) {
    List<ChatMessage> messages = new ArrayList<>();
    for (JsonNode one : GOLDEN.get("conversations").get(conversation)) {
      messages.add(new ChatMessage(one.get(0).textValue(), one.get(1).textValue()));
    }
    return messages;
  }

  private static Map<String, Object> variables(JsonNode node) {
    return JSON.convertValue(node, new TypeReference<Map<String, Object>>() {});
  }

  private static JsonNode read() {
    try (InputStream in =
        ChatTemplateGoldenTest.class.getResourceAsStream("/golden/chat_templates.json")) {
      return JSON.readTree(in);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
