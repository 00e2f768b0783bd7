package io.github.lora4j.models.classify;

import io.github.lora4j.autograd.CrossEntropy;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.models.batch.ParallelTraining;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.tensor.Ragged;
import java.util.Arrays;
import java.util.List;

/** One batch of texts forward and backward. */
final class TrainingBatch {
  private TrainingBatch() {}

  /** Adds gradients to the parameters behind {@code adapter} and returns the sum of the losses. */
  static double accumulate(
      TextEncoder base,
      ClassifierAdapter adapter,
      List<int[]> sequences,
      int[] targets,
      double divisor,
      long seed,
      boolean checkpointActivations) {
    return divisor
        * ParallelTraining.accumulate(
            base.compute(),
            Ragged.of(sequences),
            seed,
            checkpointActivations,
            (tape, part) -> {
              List<int[]> texts = sequences.subList(part.from(), part.to());
              Var logits = TextClassifier.logits(tape, base, texts, adapter);
              int[] labels = Arrays.copyOfRange(targets, part.from(), part.to());
              return CrossEntropy.apply(tape, logits, labels, divisor);
            });
  }
}
