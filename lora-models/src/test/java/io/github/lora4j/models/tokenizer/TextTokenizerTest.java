package io.github.lora4j.models.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.lora4j.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tiny tokenizers of {@code scripts/fixtures/text_tokenizers.py}. */
class TextTokenizerTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden/tokenizers");

  private static TextTokenizer open(String name) {
    return TextTokenizer.open(GOLDEN.resolve(name));
  }

  private static JsonNode cases(String name) throws IOException {
    return new JsonMapper().readTree(GOLDEN.resolve("cases.json").toFile()).get(name);
  }

  private static int[] ints(JsonNode array) {
    int[] ints = new int[array.size()];
    for (int i = 0; i < ints.length; i++) {
      ints[i] = array.get(i).intValue();
    }
    return ints;
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes", "pieces", "marks"})
  void idsAreThoseOfTheLibrary(String name) throws IOException {
    try (TextTokenizer tokenizer = open(name)) {
      List<String> texts = new ArrayList<>();
      for (JsonNode example : cases(name).get("encode")) {
        String text = example.get("text").textValue();
        texts.add(text);
        assertArrayEquals(ints(example.get("ids")), tokenizer.encode(text, true), text);
        assertArrayEquals(ints(example.get("plain")), tokenizer.encode(text, false), text);
      }
      List<int[]> batch = tokenizer.encodeBatch(texts, true);
      for (int i = 0; i < texts.size(); i++) {
        assertArrayEquals(tokenizer.encode(texts.get(i), true), batch.get(i));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes", "pieces", "marks"})
  void textsAreThoseOfTheLibrary(String name) throws IOException {
    try (TextTokenizer tokenizer = open(name)) {
      for (JsonNode example : cases(name).get("decode")) {
        int[] ids = ints(example.get("ids"));
        assertEquals(example.get("all").textValue(), tokenizer.decode(ids, false));
        assertEquals(example.get("skip").textValue(), tokenizer.decode(ids, true));
        assertEquals(example.get("all").textValue(), streamed(tokenizer, ids, false));
        assertEquals(example.get("skip").textValue(), streamed(tokenizer, ids, true));
      }
    }
  }

  /** What comes token by token is in all what comes at once, for any tokens. */
  @ParameterizedTest
  @ValueSource(strings = {"bytes", "pieces", "marks"})
  void streamsJoinToTheWholeText(String name) {
    try (TextTokenizer tokenizer = open(name)) {
      Random random = new Random(4);
      for (int i = 0; i < 3000; i++) {
        int range = random.nextBoolean() ? 262 : tokenizer.vocabSize() + 3;
        int[] ids = random.ints(random.nextInt(12), 0, range).toArray();
        boolean skip = random.nextBoolean();
        assertEquals(tokenizer.decode(ids, skip), streamed(tokenizer, ids, skip));
      }
    }
  }

  private static String streamed(TextTokenizer tokenizer, int[] ids, boolean skip) {
    TokenStream stream = tokenizer.stream(skip);
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(stream.add(id));
    }
    return text.append(stream.finish()).toString();
  }

  @Test
  void streamsHoldBackPartsOfCharacters() {
    try (TextTokenizer tokenizer = open("bytes")) {
      TokenStream stream = tokenizer.stream(true);
      List<String> parts = new ArrayList<>();
      for (byte b : "ä🌍z".getBytes(StandardCharsets.UTF_8)) {
        parts.add(stream.add(idOf(tokenizer, b)));
      }
      assertEquals(List.of("", "ä", "", "", "", "🌍", "z"), parts);
      stream.add(idOf(tokenizer, (byte) 0xf0));
      assertEquals("\ufffd", stream.finish());
      assertEquals("", stream.finish());
    }
    try (TextTokenizer tokenizer = open("pieces")) {
      TokenStream stream = tokenizer.stream(true);
      int a = tokenizer.id("▁a").orElseGet(() -> tokenizer.id("a").getAsInt());
      stream.add(a);
      assertEquals("", stream.add(tokenizer.id("<0xC3>").getAsInt()));
      assertEquals("", stream.add(tokenizer.id("<0xA4>").getAsInt()));
      assertTrue(stream.add(a).startsWith("ä"));
      assertEquals("", stream.add(tokenizer.id("<0xC3>").getAsInt()));
      assertEquals("\ufffd", stream.finish());
    }
  }

  private static int idOf(TextTokenizer tokenizer, byte b) {
    for (int id = 0; id < tokenizer.vocabSize(); id++) {
      byte[] bytes = tokenizer.bytes(id);
      if (bytes.length == 1 && bytes[0] == b) {
        return id;
      }
    }
    throw new AssertionError("no token for " + b);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes", "pieces", "marks"})
  void bytesOfEveryToken(String name) throws IOException {
    JsonNode expected = cases(name).get("bytes");
    try (TextTokenizer tokenizer = open(name)) {
      assertEquals(expected.size(), tokenizer.vocabSize());
      for (int id = 0; id < expected.size(); id++) {
        String hex = HexFormat.of().formatHex(tokenizer.bytes(id));
        assertEquals(expected.get(id).textValue(), hex, tokenizer.token(id));
        assertEquals(OptionalInt.of(id), tokenizer.id(tokenizer.token(id)));
      }
    }
  }

  @Test
  void specialTokensOfTheFilesBeside() {
    try (TextTokenizer tokenizer = open("bytes")) {
      // Of the beginning only generation_config.json knows.
      assertEquals(OptionalInt.of(0), tokenizer.bosTokenId());
      assertEquals(Optional.of("<|im_end|>"), tokenizer.eosToken());
      assertEquals(List.of(2, 0), tokenizer.specialTokens().eos());
      assertEquals(OptionalInt.of(2), tokenizer.eosTokenId());
      assertEquals(Optional.of("<|endoftext|>"), tokenizer.padToken());
      assertTrue(tokenizer.isSpecial(1));
      assertFalse(tokenizer.isSpecial(tokenizer.id("<think>").getAsInt()));
      assertArrayEquals(new int[] {1}, tokenizer.encode("<|im_start|>", false));
    }
    try (TextTokenizer tokenizer = open("pieces")) {
      assertEquals(Optional.of("<s>"), tokenizer.bosToken());
      assertEquals(List.of(2), tokenizer.specialTokens().eos());
      assertEquals(Optional.empty(), tokenizer.padToken());
    }
    try (TextTokenizer tokenizer = open("marks")) {
      assertEquals(
          new SpecialTokens(OptionalInt.of(1), List.of(2), OptionalInt.of(0)),
          tokenizer.specialTokens());
    }
  }

  @Test
  void idsWithoutTokens() {
    try (TextTokenizer tokenizer = open("bytes")) {
      int size = tokenizer.vocabSize();
      assertEquals(OptionalInt.empty(), tokenizer.id("no such token"));
      assertEquals(0, tokenizer.bytes(size).length);
      assertEquals("", tokenizer.decode(new int[] {size, size + 100}, false));
      assertFalse(tokenizer.isSpecial(size));
      var none = assertThrows(IllegalArgumentException.class, () -> tokenizer.token(size));
      assertTrue(none.getMessage().contains("the id " + size), none.getMessage());
      assertThrows(IllegalArgumentException.class, () -> tokenizer.bytes(-1));
      assertThrows(IllegalArgumentException.class, () -> tokenizer.decode(new int[] {-1}, false));
      assertThrows(IllegalArgumentException.class, () -> tokenizer.stream(true).add(-1));
    }
  }

  @Test
  void unknownDecoders() throws IOException {
    String json = Files.readString(GOLDEN.resolve("bytes/tokenizer.json"));
    for (String decoder :
        List.of(
            "null",
            "{\"type\":\"WordPiece\",\"prefix\":\"##\",\"cleanup\":true}",
            "{\"type\":\"Sequence\",\"decoders\":[]}",
            "{\"type\":\"Strip\",\"content\":\"x\",\"start\":1,\"stop\":0}")) {
      String changed = json.replaceFirst("\"decoder\":\\{[^}]*}", "\"decoder\":" + decoder);
      assertTrue(changed.contains(decoder));
      SpecialTokens none = new SpecialTokens(OptionalInt.empty(), List.of(), OptionalInt.empty());
      try (TextTokenizer tokenizer =
          TextTokenizer.of("t", changed.getBytes(StandardCharsets.UTF_8), none)) {
        assertTrue(tokenizer.encode("a b", false).length > 0);
        var e = assertThrows(CheckpointException.class, () -> tokenizer.bytes(5));
        assertTrue(e.getMessage().contains(decoder), e.getMessage());
        assertThrows(CheckpointException.class, () -> tokenizer.stream(true));
        assertEquals(OptionalInt.empty(), tokenizer.eosTokenId());
      }
    }
  }

  @Test
  void damagedFilesAreNamed(@TempDir Path folder) throws IOException {
    requireRefused(folder, null, "tokenizer.json: no such file");
    requireRefused(folder, "{", "not valid JSON");
    requireRefused(folder, "[]", "not a JSON object");
    requireRefused(folder, "{}", "has no vocabulary");
    requireRefused(folder, "{\"model\":3}", "'model' is not an object");
    requireRefused(folder, "{\"model\":{\"vocab\":{\"a\":-1}}}", "token 'a' has the id -1");
    requireRefused(folder, "{\"model\":{\"vocab\":{\"a\":2000000000}}}", "the id 2000000000");
    requireRefused(folder, "{\"model\":{\"vocab\":{\"a\":\"b\"}}}", "'a' has no integer");
    requireRefused(folder, "{\"added_tokens\":[{\"id\":1}]}", "without id or content");
    requireRefused(folder, "{\"model\":{\"vocab\":{\"a\":0}}}", "not a readable tokenizer.json");
    Files.copy(
        GOLDEN.resolve("bytes/tokenizer.json"),
        folder.resolve("tokenizer.json"),
        StandardCopyOption.REPLACE_EXISTING);
    TextTokenizer.open(folder).close();
    Files.writeString(folder.resolve("special_tokens_map.json"), "{");
    var e = assertThrows(CheckpointException.class, () -> TextTokenizer.open(folder));
    assertTrue(e.getMessage().contains("special_tokens_map.json: not valid"), e.getMessage());
  }

  private static void requireRefused(Path folder, String json, String expected) throws IOException {
    if (json != null) {
      Files.writeString(folder.resolve("tokenizer.json"), json);
    }
    var e = assertThrows(CheckpointException.class, () -> TextTokenizer.open(folder));
    assertTrue(e.getMessage().contains(expected), e.getMessage());
    assertTrue(e.getMessage().startsWith(folder.toString()), e.getMessage());
  }

  @Test
  void manyThreadsAndClosing() throws Exception {
    TextTokenizer tokenizer = open("bytes");
    String text = "The quick brown fox <|im_end|> 12,345 größer 😀";
    int[] expected = tokenizer.encode(text, true);
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> results = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        results.add(
            pool.submit(
                () -> {
                  assertArrayEquals(expected, tokenizer.encode(text, true));
                  assertEquals(text, tokenizer.decode(tokenizer.encode(text, false), false));
                }));
      }
      for (Future<?> result : results) {
        result.get();
      }
    } finally {
      pool.shutdownNow();
    }
    tokenizer.close();
    tokenizer.close();
    assertThrows(IllegalStateException.class, () -> tokenizer.encode(text, true));
    assertThrows(IllegalStateException.class, () -> tokenizer.decode(expected, true));
  }
}
