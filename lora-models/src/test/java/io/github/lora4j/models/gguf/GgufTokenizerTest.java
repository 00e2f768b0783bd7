package io.github.lora4j.models.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.models.tokenizer.TextTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Vocabularies of {@code scripts/fixtures/text_tokenizers.py}. */
class GgufTokenizerTest {
  @TempDir Path folder;

  private static JsonNode golden() throws IOException {
    return new JsonMapper()
        .readTree(Path.of("src/test/resources/golden/tokenizers/gguf.json").toFile());
  }

  static Stream<String> dividers() throws IOException {
    return golden().get("pre").properties().stream().map(Map.Entry::getKey);
  }

  /** Every way of dividing texts gives the ids of the library. */
  @ParameterizedTest
  @MethodSource("dividers")
  void byteLevel(String pre) throws IOException {
    try (TextTokenizer tokenizer = open(bytes(pre))) {
      requireIds(golden().get("texts"), golden().get("pre").get(pre), tokenizer);
    }
  }

  /** No peer has a tokenizer for these; they divide texts and lose nothing. */
  @ParameterizedTest
  @ValueSource(strings = {"default", "deepseek-v3", "stablelm2", "glm4", "phi-2"})
  void textsComeBack(String pre) throws IOException {
    try (TextTokenizer tokenizer = open(bytes(pre))) {
      for (JsonNode text : golden().get("texts")) {
        int[] ids = tokenizer.encode(text.textValue(), false);
        assertEquals(text.textValue(), tokenizer.decode(ids, false));
      }
    }
  }

  /** Digits are in threes, beside punctuation, in old files. */
  @Test
  void theDefaultDividesNumbers() throws IOException {
    try (TextTokenizer tokenizer = open(bytes(null))) {
      String[] parts =
          Arrays.stream(tokenizer.encode("12345.", false))
              .mapToObj(tokenizer::token)
              .toArray(String[]::new);
      String joined = String.join("|", parts);
      assertTrue(joined.endsWith("|."), joined);
      assertTrue(joined.replace("|", "").equals("12345."), joined);
      assertFalse(joined.contains("34"), joined);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "gemma2", "phi3"})
  void sentencePiece(String architecture) throws IOException {
    JsonNode pieces = golden().get("pieces");
    GgufBuilder builder = pieces(architecture);
    try (TextTokenizer tokenizer =
        open(
            architecture.equals("gemma2")
                ? builder.value("tokenizer.ggml.add_space_prefix", 7).raw((byte) 0)
                : builder)) {
      requireIds(pieces.get("texts"), pieces.get("ids").get(architecture), tokenizer);
      int[] ids = tokenizer.encode("a b", false);
      assertEquals("a b", tokenizer.decode(ids, true));
    }
  }

  private static void requireIds(JsonNode texts, JsonNode expected, TextTokenizer tokenizer) {
    assertEquals(texts.size(), expected.size());
    for (int i = 0; i < texts.size(); i++) {
      int[] ids = tokenizer.encode(texts.get(i).textValue(), true);
      assertEquals(
          expected.get(i).toString(),
          Arrays.toString(ids).replace(" ", ""),
          texts.get(i).textValue());
    }
  }

  @Test
  void whatTheMetadataSays() throws IOException {
    try (GgufFile file = GgufFile.open(GoldenGguf.path("bytes.gguf"));
        TextTokenizer tokenizer = GgufTokenizer.open(file)) {
      assertEquals(Optional.of("{{ messages }}"), GgufTokenizer.chatTemplate(file));
      assertEquals(Optional.of("<|im_start|>"), tokenizer.bosToken());
      assertEquals(Optional.of("<|im_end|>"), tokenizer.eosToken());
      assertEquals(Optional.of("<|im_end|>"), tokenizer.padToken());
      assertTrue(tokenizer.isSpecial(tokenizer.id("<|endoftext|>").getAsInt()));
      assertFalse(tokenizer.isSpecial(tokenizer.id("<think>").getAsInt()));
      assertEquals(1, tokenizer.encode("<think>", true).length);
      assertEquals(file.metadata().count("tokenizer.ggml.tokens"), tokenizer.vocabSize());
    }
    GgufBuilder builder =
        bytes("gpt-2")
            .value("tokenizer.ggml.add_bos_token", 7)
            .raw((byte) 1)
            .value("tokenizer.ggml.add_eos_token", 7)
            .raw((byte) 1)
            .uint32("tokenizer.ggml.eot_token_id", 0);
    try (TextTokenizer tokenizer = open(builder)) {
      int[] ids = tokenizer.encode("x", true);
      assertEquals(3, ids.length);
      assertEquals(1, ids[0]);
      assertEquals(2, ids[2]);
      assertArrayEquals(new int[] {ids[1]}, tokenizer.encode("x", false));
      assertEquals(List.of(2, 0), tokenizer.specialTokens().eos());
    }
  }

  @Test
  void whatIsNotKnownIsNamed() throws IOException {
    refused("'x'; known are chatglm-bpe, codeshell, command-r, dbrx", bytes("x"));
    refused(
        "tokenizer.ggml.model is 'bert'; known are gpt2 and llama",
        new GgufBuilder()
            .string("tokenizer.ggml.model", "bert")
            .strings("tokenizer.ggml.tokens", "a"));
    refused("no metadata 'tokenizer.ggml.tokens'", model("gpt2"));
    refused("tokenizer.ggml.tokens is empty", model("gpt2").strings("tokenizer.ggml.tokens"));
    refused(
        "token_type has 1 values for 2 tokens",
        model("gpt2")
            .strings("tokenizer.ggml.tokens", "a", "b")
            .int32s("tokenizer.ggml.token_type", 1));
    refused(
        "no metadata 'tokenizer.ggml.merges'", model("gpt2").strings("tokenizer.ggml.tokens", "a"));
    refused(
        "has 'ab', not two tokens",
        model("gpt2")
            .strings("tokenizer.ggml.tokens", "a", "b", "ab")
            .strings("tokenizer.ggml.merges", "ab"));
    refused(
        "no metadata 'tokenizer.ggml.scores'",
        model("llama").strings("tokenizer.ggml.tokens", "a"));
    refused(
        "bos_token_id is 7, the vocabulary has 1 tokens",
        model("gpt2")
            .strings("tokenizer.ggml.tokens", "a")
            .strings("tokenizer.ggml.merges")
            .uint32("tokenizer.ggml.bos_token_id", 7));
    // A merge of tokens that are not there is found by the library.
    refused(
        "not a readable tokenizer.json",
        model("gpt2")
            .strings("tokenizer.ggml.tokens", "a")
            .strings("tokenizer.ggml.merges", "x y"));
  }

  private void refused(String expected, GgufBuilder builder) {
    CheckpointException e = assertThrows(CheckpointException.class, () -> open(builder).close());
    assertTrue(e.getMessage().contains(expected), e.getMessage());
    assertTrue(e.getMessage().contains(".gguf: "), e.getMessage());
  }

  private static GgufBuilder model(String model) {
    return new GgufBuilder().string("tokenizer.ggml.model", model);
  }

  /** The byte-level vocabulary with another way of dividing texts, or none. */
  private static GgufBuilder bytes(String pre) {
    try (GgufFile file = GgufFile.open(GoldenGguf.path("bytes.gguf"))) {
      GgufBuilder builder = common(file, model("gpt2"));
      builder.strings("tokenizer.ggml.merges", file.metadata().strings("tokenizer.ggml.merges"));
      return pre == null ? builder : builder.string("tokenizer.ggml.pre", pre);
    }
  }

  private static GgufBuilder pieces(String architecture) {
    try (GgufFile file = GgufFile.open(GoldenGguf.path("pieces.gguf"))) {
      GgufBuilder builder =
          common(file, model("llama")).string("general.architecture", architecture);
      builder.value("tokenizer.ggml.scores", 9).int32(6);
      float[] scores = file.metadata().floats("tokenizer.ggml.scores");
      builder.int64(scores.length);
      for (float score : scores) {
        builder.int32(Float.floatToIntBits(score));
      }
      return builder.uint32("tokenizer.ggml.unknown_token_id", 0);
    }
  }

  private static GgufBuilder common(GgufFile file, GgufBuilder builder) {
    long[] types = file.metadata().integers("tokenizer.ggml.token_type");
    return builder
        .strings("tokenizer.ggml.tokens", file.metadata().strings("tokenizer.ggml.tokens"))
        .int32s(
            "tokenizer.ggml.token_type",
            Arrays.stream(types).mapToInt(type -> (int) type).toArray())
        .uint32("tokenizer.ggml.bos_token_id", 1)
        .uint32("tokenizer.ggml.eos_token_id", 2);
  }

  private TextTokenizer open(GgufBuilder builder) throws IOException {
    Path path = Files.write(Files.createTempFile(folder, "t", ".gguf"), builder.build());
    try (GgufFile file = GgufFile.open(path)) {
      return GgufTokenizer.open(file);
    }
  }
}
