package io.github.lora4j.models.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChatTemplateTest {
  private static final List<ChatMessage> HI = List.of(new ChatMessage("user", "hi"));

  @TempDir Path dir;

  @Test
  void jinjaFileWinsOverTheConfiguration() throws IOException {
    write("chat_template.jinja", "{{ bos_token }}file {{ messages[0].content }}{{ eos_token }}");
    write(
        "tokenizer_config.json",
        "{\"chat_template\": \"config\", \"bos_token\": {\"content\": \"<s>\", \"lstrip\": false},"
            + " \"eos_token\": \"</s>\", \"pad_token\": null, \"add_bos_token\": true}");
    ChatTemplate template = ChatTemplate.open(dir);
    assertEquals("<s>file hi</s>", template.render(HI, true));
    assertEquals(Map.of("bos_token", "<s>", "eos_token", "</s>"), template.specialTokens());
  }

  @Test
  void jsonFileAndSpecialTokensMap() throws IOException {
    write("chat_template.json", "{\"chat_template\": \"{{ bos_token }}{{ eos_token }}\"}");
    write("special_tokens_map.json", "{\"bos_token\": \"old\", \"eos_token\": \"e\"}");
    write("tokenizer_config.json", "{\"bos_token\": \"new\"}");
    assertEquals("newe", ChatTemplate.open(dir).render(HI, false));
  }

  @Test
  void namedTemplates() throws IOException {
    String tool = "{\"name\": \"tool_use\", \"template\": \"tools\"}";
    write(
        "tokenizer_config.json",
        "{\"chat_template\": [" + tool + ", {\"name\": \"default\", \"template\": \"plain\"}]}");
    assertEquals("plain", ChatTemplate.open(dir).render(HI, false));
    write("tokenizer_config.json", "{\"chat_template\": [" + tool + "]}");
    assertProblem("no template is named default, only: tool_use", "tokenizer_config.json");
    write("tokenizer_config.json", "{\"chat_template\": [1]}");
    assertProblem("an entry has no name or no template", "tokenizer_config.json");
    write("tokenizer_config.json", "{\"chat_template\": 1}");
    assertProblem("neither a string nor a list", "tokenizer_config.json");
  }

  @Test
  void missingAndBrokenFiles() throws IOException {
    assertProblem("no chat template", dir.toString());
    write("tokenizer_config.json", "{");
    assertProblem("not valid JSON", "tokenizer_config.json");
    write("tokenizer_config.json", "[]");
    assertProblem("not a JSON object", "tokenizer_config.json");
    write("tokenizer_config.json", "{}");
    Files.write(dir.resolve("chat_template.jinja"), new byte[] {(byte) 0xff});
    assertProblem("not UTF-8", "chat_template.jinja");
    write("chat_template.jinja", "a\n{% if %}");
    assertProblem("line 2: unexpected '%}'", "chat_template.jinja");
  }

  @Test
  void refusals() {
    ChatTemplate template =
        ChatTemplate.of(
            "here",
            "{% if messages[0].role == 'user' %}\n{{ raise_exception('no users') }}{% endif %}",
            Map.of());
    ChatTemplateException raised =
        assertThrows(ChatTemplateException.class, () -> template.render(HI, true));
    assertEquals("here: line 2: no users", raised.getMessage().replace("line 1: ", ""));
    ChatTemplateException unknown =
        assertThrows(
            ChatTemplateException.class,
            () -> ChatTemplate.of("x", "{{ nope(1) }}", Map.of()).render(HI, true));
    assertEquals("x: line 1: 'nope' is undefined", unknown.getMessage());
    assertThrows(IllegalArgumentException.class, () -> template.render(List.of(), true));
    IllegalArgumentException type =
        assertThrows(
            IllegalArgumentException.class,
            () -> template.render(HI, true, Map.of("v", new Object())));
    assertTrue(type.getMessage().contains("variable 'v'"), type.getMessage());
  }

  @Test
  void messagesAreNeverRenderedAsTemplates() {
    ChatTemplate template = ChatTemplate.of("x", "{{ messages[0].content }}", Map.of());
    String hostile = "{{ raise_exception('x') }}{% for %}{# \\x";
    assertEquals(hostile, template.render(List.of(new ChatMessage("user", hostile)), true));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% set ns = namespace(x='aaaaaaaa') %}{% for a in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{% set ns = namespace(x=[1]) %}{% for a in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{% set ns = namespace(x=[1]) %}{% for a in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x=[1]) %}{% for a in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | tojson }}",
        "{% set ns = namespace(x=[1], y=[1]) %}{% for a in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}",
        "{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}",
        "{{ 'a' * 99999999999 }}",
        "{{ [1] * 999999999 }}",
        "{{ 9 ** 99999999999 }}",
        "{{ ('a' * 9999999).replace('', 'b' * 9999999) }}",
        "{{ '%9999999s' % 'a' }}",
        "{% set x = 'a' * 9999999 %}{{ x in x ~ 'b' }}{{ (x ~ 'b') in x }}{{ x.rfind('b' ~ x) }}{{ x.replace('a' * 99 ~ 'b', '') | length }}{% for i in range(9999) %}{{ x[1:2] }}{{ x[5] }}{% endfor %}",
        "{{ (['a' * 9999999] * 99999) | sort }}",
        "{{ 'a' | center(999999999) }}",
        "{{ 'a' | indent(999999999, true) }}",
        "{% set x = 'a' * 9999999 %}{% for i in range(99999) %}{% set y = x | upper %}{% endfor %}",
        "{% set x = 'a' * 9999999 %}{% for i in range(99999) %}{% if x in x ~ 'b' %}{% endif %}{% endfor %}",
        "{% set x = 'ab' * 4999999 %}{% for i in range(99999) %}{{ x == 'ab' * 4999999 }}{% endfor %}",
        "{% set x = 'a' * 9999999 %}{% for i in range(99999) %}{{ x.find('b') }}{{ x | length }}{% endfor %}",
        "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
        "{{ [1, 2] | batch(999999999, 1) | list }}",
        "{{ [[1], [2]] | batch(1) | list | tojson(indent=999999999) }}"
      })
  void hostileTemplatesStop(String template) {
    ChatTemplate compiled = ChatTemplate.of("hostile", template, Map.of());
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> assertThrows(ChatTemplateException.class, () -> compiled.render(HI, true)));
  }

  @Test
  void nestingAndLengthAreBounded() {
    for (String template :
        List.of(
            "{{ " + "(".repeat(100_000),
            "{{ " + "-".repeat(100_000) + "1 }}",
            "{{ " + "not ".repeat(100_000) + "1 if }}",
            "{% if true %}".repeat(100_000),
            "{{ " + "[".repeat(100_000),
            "{{ 1" + "+1".repeat(1_000_000) + " }}",
            "{{ a" + ".b".repeat(1_000_000) + " }}")) {
      assertThrows(
          ChatTemplateException.class,
          () -> ChatTemplate.of("deep", template, Map.of()).render(HI, true));
    }
  }

  private void assertProblem(String problem, String source) {
    ChatTemplateException e =
        assertThrows(ChatTemplateException.class, () -> ChatTemplate.open(dir));
    assertTrue(e.getMessage().contains(problem), e.getMessage());
    assertTrue(e.getMessage().contains(source), e.getMessage());
  }

  private void write(String name, String content) throws IOException {
    Files.writeString(dir.resolve(name), content);
  }
}
