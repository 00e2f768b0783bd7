package io.github.lora4j.models.decoder;

import io.github.lora4j.models.batch.SharedPrefixes;
import io.github.lora4j.tensor.Ragged;
import io.github.lora4j.tensor.RunTree;
import java.util.List;

/**
 * Tokens of several sequences, one after the other, without padding.
 *
 * @param ids of all tokens
 * @param runs how they divide into sequences, or into runs of which several may continue the same
 * @param positions of each token in its sequence
 * @param caches one for each sequence with what came before its tokens, or null if nothing did and
 *     nothing follows, as in training
 */
public record DecoderBatch(int[] ids, RunTree runs, int[] positions, List<KvCache> caches) {
  /** Whole sequences. */
  public static DecoderBatch whole(List<int[]> sequences) {
    return of(sequences, null);
  }

  /** Whole sequences, in which what several begin with is computed once. */
  public static DecoderBatch shared(SharedPrefixes sequences) {
    RunTree runs = sequences.runs();
    int[] positions = new int[sequences.ids().length];
    for (int run = 0; run < runs.runs(); run++) {
      int past = runs.past(run);
      for (int i = 0; i < runs.rows().length(run); i++) {
        positions[runs.rows().start(run) + i] = past + i;
      }
    }
    return new DecoderBatch(sequences.ids(), runs, positions, null);
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
    return new DecoderBatch(ids, RunTree.of(rows), positions, caches);
  }

  /** How the tokens divide into runs. */
  public Ragged rows() {
    return runs.rows();
  }

  /** The last row of each run. */
  public int[] lastRows() {
    int[] last = new int[runs.runs()];
    for (int s = 0; s < last.length; s++) {
      last[s] = rows().start(s) + rows().length(s) - 1;
    }
    return last;
  }
}
