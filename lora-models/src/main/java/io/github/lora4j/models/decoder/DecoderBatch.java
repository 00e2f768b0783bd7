package io.github.lora4j.models.decoder;

import io.github.lora4j.tensor.Ragged;
import java.util.List;

/**
 * Tokens of several sequences, one after the other, without padding.
 *
 * @param ids of all tokens
 * @param rows how they divide into sequences
 * @param positions of each token in its sequence
 * @param caches one for each sequence with what came before its tokens, or null if nothing did and
 *     nothing follows, as in training
 */
public record DecoderBatch(int[] ids, Ragged rows, int[] positions, List<KvCache> caches) {
  /** Whole sequences. */
  public static DecoderBatch whole(List<int[]> sequences) {
    return of(sequences, null);
  }

  /** The next tokens of sequences that have begun before; the caches take them in. */
  public static DecoderBatch next(List<int[]> tokens, List<KvCache> caches) {
    if (tokens.size() != caches.size()) {
      throw new IllegalArgumentException(
          tokens.size() + " sequences but " + caches.size() + " caches");
    }
    return of(tokens, List.copyOf(caches));
  }

  private static DecoderBatch of(List<int[]> sequences, List<KvCache> caches) {
    Ragged rows = Ragged.of(sequences);
    int[] ids = new int[rows.rows()];
    int[] positions = new int[rows.rows()];
    for (int s = 0; s < sequences.size(); s++) {
      int[] sequence = sequences.get(s);
      if (sequence.length == 0) {
        throw new IllegalArgumentException("sequence " + s + " has no tokens");
      }
      int past = caches == null ? 0 : caches.get(s).length();
      System.arraycopy(sequence, 0, ids, rows.start(s), sequence.length);
      for (int i = 0; i < sequence.length; i++) {
        positions[rows.start(s) + i] = past + i;
      }
    }
    return new DecoderBatch(ids, rows, positions, caches);
  }

  /** The last row of each sequence. */
  public int[] lastRows() {
    int[] last = new int[rows.sequences()];
    for (int s = 0; s < last.length; s++) {
      last[s] = rows.start(s) + rows.length(s) - 1;
    }
    return last;
  }
}
