package io.github.lora4j.models.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.checkpoint.CheckpointException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HuggingFaceTokenizerTest {

  /** Words w0 to w9 with [CLS] and [SEP] around them; pads to 16 and cuts at 4 by itself. */
  private static final String JSON =
      """
      {"version": "1.0",
       "truncation": {"direction": "Right", "max_length": 4, "strategy": "LongestFirst",
         "stride": 0},
       "padding": {"strategy": {"Fixed": 16}, "direction": "Right", "pad_to_multiple_of": null,
         "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"},
       "added_tokens": [], "normalizer": null, "pre_tokenizer": {"type": "Whitespace"},
       "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
       "decoder": null,
       "model": {"type": "WordLevel", "unk_token": "[UNK]", "vocab": {
         "[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "w0": 10, "w1": 11, "w2": 12, "w3": 13,
         "w4": 14, "w5": 15, "w6": 16, "w7": 17, "w8": 18, "w9": 19}}}
      """;

  private static Tokenizer tokenizer(int maxLength) {
    return load(JSON, maxLength);
  }

  private static Tokenizer load(String json, int maxLength) {
    try {
      return HuggingFaceTokenizer.load(
          "t.json", new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)), maxLength);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void neitherPadsNorCutsAsTheFileSays() {
    try (Tokenizer tokenizer = tokenizer(100)) {
      assertArrayEquals(new int[] {2, 10, 11, 12, 13, 14, 3}, tokenizer.encode("w0 w1 w2 w3 w4"));
      assertArrayEquals(new int[] {2, 1, 3}, tokenizer.encode("unknown"));
      TokenBatch batch = tokenizer.encodeBatch(List.of("w0", "w0 w1 w2", ""));
      assertArrayEquals(new int[] {2, 10, 3}, batch.ids().get(0));
      assertArrayEquals(new int[] {2, 10, 11, 12, 3}, batch.ids().get(1));
      assertArrayEquals(new int[] {2, 3}, batch.ids().get(2));
      assertEquals(10, batch.tokens());
      assertEquals(0, batch.cut());
    }
  }

  @Test
  void cutsLongTextsAndCountsThem() {
    try (Tokenizer tokenizer = tokenizer(5)) {
      assertEquals(5, tokenizer.maxLength());
      TokenBatch batch =
          tokenizer.encodeBatch(List.of("w0 w1 w2", "w0 w1 w2 w3", "w9 ".repeat(1000)));
      assertArrayEquals(new int[] {2, 10, 11, 12, 3}, batch.ids().get(0));
      assertArrayEquals(new int[] {2, 10, 11, 12, 3}, batch.ids().get(1));
      assertArrayEquals(new int[] {2, 19, 19, 19, 3}, batch.ids().get(2));
      assertEquals(2, batch.cut());
    }
  }

  @Test
  void noTextsGiveNoIds() {
    try (Tokenizer tokenizer = tokenizer(5)) {
      assertEquals(new TokenBatch(List.of(), 0), tokenizer.encodeBatch(List.of()));
    }
  }

  @Test
  void oddStringsDoNotDisturbTheirNeighbours() {
    try (Tokenizer tokenizer = tokenizer(8)) {
      TokenBatch batch =
          tokenizer.encodeBatch(List.of("w0", "\ud83d w1", "a\u0000b", "\ude00", "w2"));
      assertArrayEquals(new int[] {2, 10, 3}, batch.ids().get(0));
      assertArrayEquals(new int[] {2, 12, 3}, batch.ids().get(4));
      assertEquals(5, batch.ids().size());
    }
  }

  @Test
  void theMaximumMustLeaveRoom() {
    assertEquals(
        "max length 2 leaves no room beside 2 special tokens",
        assertThrows(IllegalArgumentException.class, () -> tokenizer(2)).getMessage());
    assertThrows(IllegalArgumentException.class, () -> tokenizer(1));
    assertThrows(IllegalArgumentException.class, () -> tokenizer(0));
    try (Tokenizer tokenizer = tokenizer(3)) {
      assertArrayEquals(new int[] {2, 10, 3}, tokenizer.encode("w0 w1"));
    }
  }

  @Test
  void damagedFilesAreRefused(@TempDir Path folder) throws IOException {
    for (String json :
        List.of(
            "",
            "{",
            "[]",
            "null",
            "{\"version\": \"1.0\"}",
            JSON.substring(0, 500),
            JSON.replace("WordLevel", "NoSuchModel"),
            JSON.replace("\"w3\": 13", "\"w3\": -1"))) {
      String message = assertThrows(CheckpointException.class, () -> load(json, 8)).getMessage();
      assertTrue(message.startsWith("t.json: not a readable tokenizer.json ("), message);
      assertEquals(1, message.lines().count(), message);
    }
    Path none = folder.resolve("none.json");
    assertEquals(
        none + ": no such file",
        assertThrows(CheckpointException.class, () -> HuggingFaceTokenizer.load(none, 8))
            .getMessage());
    Path good = Files.writeString(folder.resolve("tokenizer.json"), JSON);
    try (Tokenizer tokenizer = HuggingFaceTokenizer.load(good, 8)) {
      assertArrayEquals(new int[] {2, 10, 3}, tokenizer.encode("w0"));
    }
  }

  @Test
  void threadsShareOneTokenizer() throws InterruptedException, ExecutionException {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (Tokenizer tokenizer = tokenizer(12)) {
      List<Future<Integer>> wrong = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        int word = t;
        wrong.add(threads.submit(() -> wrongEncodings(tokenizer, word)));
      }
      for (Future<Integer> count : wrong) {
        assertEquals(0, count.get());
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static int wrongEncodings(Tokenizer tokenizer, int word) {
    int wrong = 0;
    for (int i = 0; i < 2000; i++) {
      int length = 1 + i % 9;
      int[] ids = tokenizer.encode(("w" + word + " ").repeat(length));
      boolean right = ids.length == length + 2;
      for (int k = 1; right && k <= length; k++) {
        right = ids[k] == 10 + word;
      }
      wrong += right ? 0 : 1;
    }
    return wrong;
  }

  @Test
  void closingWaitsForThoseWhoEncode() throws InterruptedException, ExecutionException {
    ExecutorService threads = Executors.newFixedThreadPool(3);
    Tokenizer tokenizer = tokenizer(12);
    List<Future<?>> encoders = new ArrayList<>();
    for (int t = 0; t < 3; t++) {
      encoders.add(
          threads.submit(
              () -> {
                while (true) {
                  tokenizer.encode("w0 w1 w2");
                }
              }));
    }
    Thread.sleep(100);
    tokenizer.close();
    tokenizer.close();
    for (Future<?> encoder : encoders) {
      Throwable end = assertThrows(ExecutionException.class, encoder::get).getCause();
      assertEquals("the tokenizer is closed", end.getMessage());
    }
    threads.shutdownNow();
  }

  @Test
  void reportsNothingAndLooksForNoGpu() {
    tokenizer(8).close();
    assertTrue(
        "true".equals(System.getenv("OPT_OUT_TRACKING"))
            || "true".equals(System.getProperty("OPT_OUT_TRACKING")));
    assertTrue(
        "cpu".equals(System.getenv("RUST_FLAVOR"))
            || "cpu".equals(System.getProperty("RUST_FLAVOR")));
  }
}
