package io.github.lora4j.models.causal;

import io.github.lora4j.models.batch.SharedPrefixes;
import io.github.lora4j.models.decoder.DecoderModel;
import java.util.List;

/**
 * Which tokens of examples go through a model once for all that begin with them: those before the
 * first that is predicted. Immutable and thread-safe.
 *
 * @param longest the most tokens of examples that share; 0 if none do
 */
record ExampleSharing(int longest) {
  /** In training: dropout would drop other values in each example. */
  static ExampleSharing training(DecoderModel model, double dropout) {
    return dropout > 0 ? new ExampleSharing(0) : evaluation(model);
  }

  /** Without dropout. */
  static ExampleSharing evaluation(DecoderModel model) {
    return new ExampleSharing(model.sharingLength());
  }

  /** True if the last layer computes only the rows that predict: what is dropped hangs on rows. */
  boolean narrows() {
    return longest > 0;
  }

  /** The rows of a batch. */
  SharedPrefixes of(List<CausalExample> examples) {
    List<int[]> ids = examples.stream().map(CausalExample::ids).toList();
    boolean shared = ids.stream().allMatch(sequence -> sequence.length <= longest);
    return shared
        ? SharedPrefixes.of(ids, examples.stream().mapToInt(ExampleSharing::most).toArray())
        : SharedPrefixes.none(ids);
  }

  /** The token before the first that is learned predicts it. */
  private static int most(CausalExample example) {
    return example.learned().nextSetBit(0) - 1;
  }
}
