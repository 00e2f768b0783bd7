package io.github.lora4j.models.batch;

import io.github.lora4j.tensor.Ragged;
import io.github.lora4j.tensor.RunTree;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The tokens of sequences, in which what several begin with comes once. Texts of one task have the
 * same instruction before them: with causal attention its hidden states are the same in all, and
 * its gradient is the sum of theirs.
 *
 * @param ids of all rows
 * @param runs how rows divide, and what they continue
 * @param leaves the last run of each sequence, which it has for itself
 */
public record SharedPrefixes(int[] ids, RunTree runs, int[] leaves) {
  /** A run of fewer tokens takes longer to look after than its rows to compute. */
  private static final int SHORTEST = 4;

  /** Sequences that share nothing. */
  public static SharedPrefixes none(List<int[]> sequences) {
    return of(sequences, new int[sequences.size()]);
  }

  /**
   * Finds what sequences share.
   *
   * @param most how many tokens each may share at its beginning, fewer than it has
   */
  public static SharedPrefixes of(List<int[]> sequences, int[] most) {
    return new Search(sequences, most).result();
  }

  /** The row of a token of a sequence that nothing shares. */
  public int row(int sequence, int position) {
    int leaf = leaves[sequence];
    int at = position - runs.past(leaf);
    if (at < 0 || at >= runs.rows().length(leaf)) {
      throw new IllegalArgumentException(
          "position " + position + " of sequence " + sequence + " is not its own");
    }
    return runs.rows().start(leaf) + at;
  }

  /** How many rows each sequence has for itself. */
  public Ragged own() {
    return Ragged.of(Arrays.stream(leaves).map(leaf -> runs.rows().length(leaf)).toArray());
  }

  /** Goes through sequences by what they may share: those that begin alike are neighbours. */
  private static final class Search {
    private final List<int[]> sequences;
    private final int[] most;
    private final int[] sorted;
    private final List<int[]> runs = new ArrayList<>();
    private final List<Integer> parents = new ArrayList<>();
    private final int[] leaves;

    Search(List<int[]> sequences, int[] most) {
      this.sequences = sequences;
      this.most = most;
      this.leaves = new int[sequences.size()];
      this.sorted =
          IntStream.range(0, sequences.size())
              .boxed()
              .sorted(Comparator.comparing(this::shareable, Arrays::compare))
              .mapToInt(i -> i)
              .toArray();
      if (sorted.length > 0) {
        add(0, sorted.length, 0, -1);
      }
    }

    private int[] shareable(int sequence) {
      return Arrays.copyOf(sequences.get(sequence), most[sequence]);
    }

    /**
     * Adds the sequences {@code sorted[from]} to {@code sorted[to - 1]}.
     *
     * @param begin how many of their first tokens are in runs already
     * @param parent the last of those runs, or -1
     */
    private void add(int from, int to, int begin, int parent) {
      int[] ids = sequences.get(sorted[from]);
      if (to - from == 1) {
        leaves[sorted[from]] = run(Arrays.copyOfRange(ids, begin, ids.length), parent);
        return;
      }
      int common = common(sorted[from], sorted[to - 1]);
      boolean worth = common - begin >= SHORTEST;
      int before = worth ? run(Arrays.copyOfRange(ids, begin, common), parent) : parent;
      int after = worth ? common : begin;
      int start = from;
      for (int i = from + 1; i <= to; i++) {
        if (i == to || common(sorted[i - 1], sorted[i]) <= common) {
          add(start, i, after, before);
          start = i;
        }
      }
    }

    private int common(int a, int b) {
      int mismatch = Arrays.mismatch(sequences.get(a), 0, most[a], sequences.get(b), 0, most[b]);
      return mismatch < 0 ? most[a] : mismatch;
    }

    private int run(int[] ids, int parent) {
      runs.add(ids);
      parents.add(parent);
      return runs.size() - 1;
    }

    SharedPrefixes result() {
      int[] ids = runs.stream().flatMapToInt(Arrays::stream).toArray();
      int[] continued = parents.stream().mapToInt(i -> i).toArray();
      return new SharedPrefixes(ids, new RunTree(Ragged.of(runs), continued), leaves);
    }
  }
}
