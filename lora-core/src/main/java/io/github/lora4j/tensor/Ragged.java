package io.github.lora4j.tensor;

import java.util.List;

/**
 * How the rows of one tall matrix divide into sequences, one after the other, without padding.
 *
 * @param offsets first row of each sequence, and the total number of rows at the end; not
 *     decreasing
 */
public record Ragged(int[] offsets) {
  /** Checks the offsets. The array is not copied. */
  public Ragged {
    if (offsets.length == 0 || offsets[0] != 0) {
      throw new IllegalArgumentException("offsets must begin with 0");
    }
    for (int i = 1; i < offsets.length; i++) {
      if (offsets[i] < offsets[i - 1]) {
        throw new IllegalArgumentException(
            "offsets decrease at " + i + ": " + offsets[i - 1] + ", " + offsets[i]);
      }
    }
  }

  /** The division of sequences that lie one after the other. */
  public static Ragged of(List<int[]> sequences) {
    return of(sequences.stream().mapToInt(sequence -> sequence.length).toArray());
  }

  /** The division of sequences of these lengths. */
  public static Ragged of(int[] lengths) {
    int[] offsets = new int[lengths.length + 1];
    for (int i = 0; i < lengths.length; i++) {
      offsets[i + 1] = offsets[i] + lengths[i];
    }
    return new Ragged(offsets);
  }

  /** Number of sequences. */
  public int sequences() {
    return offsets.length - 1;
  }

  /** Number of rows of all sequences together. */
  public int rows() {
    return offsets[offsets.length - 1];
  }

  /** First row of a sequence. */
  public int start(int sequence) {
    return offsets[sequence];
  }

  /** Number of rows of a sequence. */
  public int length(int sequence) {
    return offsets[sequence + 1] - offsets[sequence];
  }
}
