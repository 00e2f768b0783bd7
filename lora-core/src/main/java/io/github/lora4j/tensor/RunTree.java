package io.github.lora4j.tensor;

import java.util.Arrays;

/**
 * Runs of tokens of which some continue others. Sequences that begin alike share the rows of what
 * they have in common: under causal attention, hidden states depend on what comes before only.
 *
 * @param rows how the rows of one tall matrix divide into runs, without padding
 * @param parents for each run the one that it continues, which comes before it, or -1 where a
 *     sequence begins
 */
public record RunTree(Ragged rows, int[] parents) {
  /** Checks the parents. The array is not copied. */
  public RunTree {
    if (parents.length != rows.sequences()) {
      throw new IllegalArgumentException(
          parents.length + " parents for " + rows.sequences() + " runs");
    }
    for (int run = 0; run < parents.length; run++) {
      if (parents[run] < -1 || parents[run] >= run) {
        throw new IllegalArgumentException("run " + run + " continues run " + parents[run]);
      }
    }
  }

  /** Sequences that share nothing. */
  public static RunTree of(Ragged sequences) {
    int[] parents = new int[sequences.sequences()];
    Arrays.fill(parents, -1);
    return new RunTree(sequences, parents);
  }

  /** Number of runs. */
  public int runs() {
    return parents.length;
  }

  /** True if runs continue others. */
  public boolean shares() {
    return Arrays.stream(parents).anyMatch(parent -> parent >= 0);
  }

  /** True if a run is where a sequence begins. */
  public boolean isRoot(int run) {
    return parents[run] < 0;
  }

  /** Tokens before a run in its sequences. */
  public int past(int run) {
    int past = 0;
    for (int before = parents[run]; before >= 0; before = parents[before]) {
      past += rows.length(before);
    }
    return past;
  }

  /** Tokens of its sequences up to the end of a run: what its last one sees. */
  public int end(int run) {
    return past(run) + rows.length(run);
  }

  /** The runs from each root on, in ascending order: what one of them sees is among them. */
  public int[][] trees() {
    int[] root = new int[runs()];
    int[] sizes = new int[runs()];
    int roots = 0;
    for (int run = 0; run < runs(); run++) {
      root[run] = isRoot(run) ? roots++ : root[parents[run]];
      sizes[root[run]]++;
    }
    int[][] trees = new int[roots][];
    Arrays.setAll(trees, tree -> new int[sizes[tree]]);
    for (int run = runs() - 1; run >= 0; run--) {
      trees[root[run]][--sizes[root[run]]] = run;
    }
    return trees;
  }
}
