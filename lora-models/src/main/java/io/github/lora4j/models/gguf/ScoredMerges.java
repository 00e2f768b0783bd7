package io.github.lora4j.models.gguf;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The merges that a SentencePiece vocabulary with scores implies: every way of joining two tokens
 * to a third, the third with the highest score first. Source: {@code generate_merges} of
 * transformers, whose order this is.
 */
final class ScoredMerges {
  private ScoredMerges() {}

  /** Two tokens that become one. */
  record Merge(String left, String right, float score, int leftLength, int rightLength) {}

  /**
   * All merges, the most urgent first.
   *
   * @param tokens in the order of their ids
   * @param ids of the tokens
   */
  static List<Merge> of(String[] tokens, float[] scores, Map<String, Integer> ids) {
    Comparator<Merge> byIds =
        Comparator.<Merge>comparingInt(merge -> ids.get(merge.left()))
            .thenComparingInt(merge -> ids.get(merge.right()));
    List<Merge> merges = new ArrayList<>();
    for (int id = 0; id < tokens.length; id++) {
      // Of a token that is there twice the last counts.
      if (ids.get(tokens[id]) == id) {
        List<Merge> ofToken = splits(tokens[id], scores[id], ids);
        ofToken.sort(byIds);
        merges.addAll(ofToken);
      }
    }
    merges.sort(
        Comparator.comparingDouble(Merge::score)
            .thenComparingInt(Merge::leftLength)
            .thenComparingInt(Merge::rightLength)
            .reversed());
    return merges;
  }

  private static List<Merge> splits(String token, float score, Map<String, Integer> ids) {
    List<Merge> splits = new ArrayList<>();
    int length = token.codePointCount(0, token.length());
    int at = 0;
    for (int left = 1; left < length; left++) {
      at = token.offsetByCodePoints(at, 1);
      String first = token.substring(0, at);
      String second = token.substring(at);
      if (ids.containsKey(first) && ids.containsKey(second)) {
        splits.add(new Merge(first, second, score, left, length - left));
      }
    }
    return splits;
  }
}
