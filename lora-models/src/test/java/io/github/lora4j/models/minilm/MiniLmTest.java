package io.github.lora4j.models.minilm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.models.bert.BertConfig;
import io.github.lora4j.models.tokenizer.Tokenizer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Against the figures that {@code scripts/fixtures/minilm_reference.py} prints. */
class MiniLmTest {

  @Test
  void allWeightsAreThoseOfTheReference() throws NoSuchAlgorithmException {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    try (NamedTensors weights = MiniLm.weights()) {
      assertEquals(102, weights.names().size());
      for (String name : new TreeSet<>(weights.names())) {
        if (weights.info(name).dtype() == DType.F32) {
          float[] values = weights.readFinite(name);
          ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
          bytes.asFloatBuffer().put(values);
          digest.update(name.getBytes(StandardCharsets.UTF_8));
          digest.update(bytes);
        }
      }
    }
    assertEquals(
        "2e3eea07d8fccb606d05a87617183aaa313c9a413381049d7a13a4f2d846b84a",
        HexFormat.of().formatHex(digest.digest()));
  }

  @Test
  void theWeightsHaveTheShapesOfTheConfig() {
    BertConfig config = MiniLm.config();
    long hidden = config.hiddenSize();
    try (NamedTensors weights = MiniLm.weights()) {
      assertEquals(
          List.of((long) config.vocabSize(), hidden),
          weights.info("embeddings.word_embeddings.weight").shape());
      assertEquals(
          List.of((long) config.maxPositionEmbeddings(), hidden),
          weights.info("embeddings.position_embeddings.weight").shape());
      assertEquals(
          List.of((long) config.typeVocabSize(), hidden),
          weights.info("embeddings.token_type_embeddings.weight").shape());
      for (int i = 0; i < config.numHiddenLayers(); i++) {
        String layer = "encoder.layer." + i + ".";
        for (String part : List.of("query", "key", "value")) {
          assertEquals(
              List.of(hidden, hidden),
              weights.info(layer + "attention.self." + part + ".weight").shape());
        }
        assertEquals(
            List.of((long) config.intermediateSize(), hidden),
            weights.info(layer + "intermediate.dense.weight").shape());
        assertEquals(
            List.of(hidden, (long) config.intermediateSize()),
            weights.info(layer + "output.dense.weight").shape());
      }
    }
  }

  @Test
  void tokenIdsAreThoseOfTheReference() {
    try (Tokenizer tokenizer = MiniLm.tokenizer(MiniLm.DEFAULT_MAX_LENGTH)) {
      assertIds(
          tokenizer,
          "Hello world, this is great!",
          101,
          7592,
          2088,
          1010,
          2023,
          2003,
          2307,
          999,
          102);
      assertIds(
          tokenizer,
          "caf\u00e9 na\u00efve \ud83d\ude00 \u4f60\u597d",
          101,
          7668,
          15743,
          100,
          100,
          100,
          102);
      assertIds(tokenizer, "  spaces\tand\nlines  ", 101, 7258, 1998, 3210, 102);
      assertIds(
          tokenizer,
          "don't un-believable 12.50 EUR",
          101,
          2123,
          1005,
          1056,
          4895,
          1011,
          19337,
          2666,
          12423,
          2260,
          1012,
          2753,
          7327,
          2099,
          102);
      assertIds(tokenizer, "[CLS] x [SEP]", 101, 101, 1060, 102, 102);
      assertIds(tokenizer, "", 101, 102);
    }
  }

  @Test
  void longTextsKeepTheirSpecialTokens() {
    try (Tokenizer tokenizer = MiniLm.tokenizer(8)) {
      assertIds(tokenizer, "word ".repeat(20), 101, 2773, 2773, 2773, 2773, 2773, 2773, 102);
    }
  }

  @Test
  void refusesMoreTokensThanPositions() {
    assertEquals(
        "max length 513 is more than the 512 positions of minilm",
        assertThrows(IllegalArgumentException.class, () -> MiniLm.tokenizer(513)).getMessage());
  }

  private static void assertIds(Tokenizer tokenizer, String text, int... expected) {
    assertArrayEquals(expected, tokenizer.encode(text), text);
  }
}
