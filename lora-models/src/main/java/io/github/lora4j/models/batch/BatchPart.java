package io.github.lora4j.models.batch;

import io.github.lora4j.tensor.Ragged;
import java.util.ArrayList;
import java.util.List;

/**
 * A run of sequences of a batch that one thread takes through the model.
 *
 * @param from first sequence, inclusive
 * @param to last sequence, exclusive
 */
public record BatchPart(int from, int to) {
  /**
   * Divides a batch into parts of about {@code tokens} tokens, of whole sequences, in their order.
   * How it divides does not depend on anything else.
   *
   * @param tokens at least 1
   */
  public static List<BatchPart> ofTokens(Ragged sequences, int tokens) {
    List<BatchPart> parts = new ArrayList<>();
    int from = 0;
    int sum = 0;
    for (int i = 0; i < sequences.sequences(); i++) {
      int length = sequences.length(i);
      // Closer to the target without this sequence than with it.
      if (i > from && 2 * (sum - tokens) + length > 0) {
        parts.add(new BatchPart(from, i));
        from = i;
        sum = 0;
      }
      sum += length;
    }
    if (from < sequences.sequences()) {
      parts.add(new BatchPart(from, sequences.sequences()));
    }
    return parts;
  }

  /** Divides a batch into at most {@code count} parts with about as many tokens each. */
  public static List<BatchPart> even(Ragged sequences, int count) {
    long total = sequences.rows();
    List<BatchPart> parts = new ArrayList<>();
    int from = 0;
    long sum = 0;
    for (int i = 0; i < sequences.sequences(); i++) {
      int length = sequences.length(i);
      // Closer to the end of this part's share without this sequence than with it.
      if (i > from && (2 * sum + length) * count > 2 * total * (parts.size() + 1)) {
        parts.add(new BatchPart(from, i));
        from = i;
      }
      sum += length;
    }
    if (from < sequences.sequences()) {
      parts.add(new BatchPart(from, sequences.sequences()));
    }
    return parts;
  }
}
