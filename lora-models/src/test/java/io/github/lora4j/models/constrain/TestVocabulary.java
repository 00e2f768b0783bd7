package io.github.lora4j.models.constrain;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A small vocabulary with everything that is awkward: every byte alone, and odd pieces of JSON. */
final class TestVocabulary {
  static final int EOS = 0;

  private static final List<String> PIECES =
      List.of(
          "\"",
          "{\"",
          "\":",
          "\": ",
          "\": \"",
          "\",\"",
          "\", \"",
          "\"}",
          "\"]",
          "\"]}",
          "}}",
          "]]",
          "[[",
          "[{\"",
          "},{",
          "[\"",
          "\\n",
          "\\\"",
          "\\u00",
          "\\ud8",
          "null",
          "nul",
          "true",
          "false",
          "tr",
          "12",
          "0.",
          "1e",
          "-1",
          "3.25",
          "e+",
          "the ",
          " of",
          "tion",
          "    ",
          "\n",
          "\t\"",
          "é",
          "日本",
          "語\"",
          "😀",
          "😀\"",
          "\u007f",
          "a",
          "ab",
          "abc\",",
          "sentiment",
          "aspects",
          "\"name\"",
          "positive",
          "x\"},{\"",
          "], \"",
          ", ",
          ",",
          "{}",
          "[]",
          "[],",
          "\\",
          "\u2028");

  private TestVocabulary() {}

  /** The same vocabulary for the same seed: id 0 ends a sequence, id 1 has no bytes. */
  static List<byte[]> bytes(long seed) {
    Random random = new Random(seed);
    List<byte[]> tokens = new ArrayList<>(List.of(new byte[0], new byte[0]));
    for (int value = 0; value < 256; value++) {
      tokens.add(new byte[] {(byte) value});
    }
    PIECES.forEach(piece -> tokens.add(piece.getBytes(StandardCharsets.UTF_8)));
    for (int i = 0; i < 600; i++) {
      ByteArrayOutputStream joined = new ByteArrayOutputStream();
      for (int n = 2 + random.nextInt(3); n > 0; n--) {
        byte[] piece = tokens.get(2 + random.nextInt(256 + PIECES.size()));
        int from = random.nextInt(4) == 0 ? random.nextInt(piece.length) : 0;
        joined.write(piece, from, piece.length - from);
      }
      tokens.add(joined.toByteArray());
    }
    return tokens;
  }

  static TokenVocabulary of(List<byte[]> bytes) {
    return new TokenVocabulary(bytes::get, bytes.size(), EOS);
  }
}
