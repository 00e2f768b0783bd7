package io.github.lora4j.models.classify;

import io.github.lora4j.models.data.LabeledText;
import io.github.lora4j.models.tokenizer.Tokenizer;
import java.util.List;

/**
 * The texts of a training, as far as its memory depends on them.
 *
 * @param train tokens of each text
 * @param eval tokens of each held-out text
 * @param bytes that the texts and their token ids take
 * @param epochs passes over them
 * @param seed of their order
 */
public record ClassificationTexts(int[] train, int[] eval, long bytes, int epochs, long seed) {
  /** Objects of a text beside its characters and ids: a record, two strings, an array. */
  private static final int OBJECTS = 136;

  /** Tokenizes all texts. */
  public static ClassificationTexts of(
      Tokenizer tokenizer, List<LabeledText> train, List<LabeledText> eval, int epochs, long seed) {
    int[] trainLengths = lengths(tokenizer, train);
    int[] evalLengths = lengths(tokenizer, eval);
    long bytes = bytes(train, trainLengths) + bytes(eval, evalLengths);
    return new ClassificationTexts(trainLengths, evalLengths, bytes, epochs, seed);
  }

  private static int[] lengths(Tokenizer tokenizer, List<LabeledText> texts) {
    return tokenizer.encodeBatch(texts.stream().map(LabeledText::text).toList()).ids().stream()
        .mapToInt(ids -> ids.length)
        .toArray();
  }

  private static long bytes(List<LabeledText> texts, int[] lengths) {
    long bytes = 0;
    for (int i = 0; i < lengths.length; i++) {
      LabeledText text = texts.get(i);
      bytes += OBJECTS + text.label().length() + (long) Integer.BYTES * lengths[i];
      // A string of Latin-1 takes one byte for each character, any other two.
      boolean narrow = text.text().chars().allMatch(c -> c < 256);
      bytes += (narrow ? 1L : 2L) * text.text().length();
    }
    return bytes;
  }
}
