package io.github.lora4j.models.classify;

import io.github.lora4j.autograd.CrossEntropy;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.models.encoder.BatchPart;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.tensor.Ragged;
import java.util.Arrays;
import java.util.List;

/**
 * One batch forward and backward. A batch with work for every thread is divided by sequences, which
 * keeps the threads apart until the gradients are added up; a smaller one shares out each
 * operation.
 */
final class TrainingBatch {
  private TrainingBatch() {}

  /** How a batch is divided. */
  static List<BatchPart> parts(List<int[]> sequences, int threads) {
    return BatchPart.even(sequences, sequences.size() >= 2 * threads ? threads : 1);
  }

  /** Adds gradients to the parameters behind {@code adapter} and returns the sum of the losses. */
  static double accumulate(
      TextEncoder base,
      ClassifierAdapter adapter,
      List<int[]> sequences,
      int[] targets,
      double divisor,
      long seed,
      boolean checkpointActivations) {
    Compute compute = base.compute();
    List<BatchPart> parts = parts(sequences, compute.pool().threads());
    Compute each = parts.size() == 1 ? compute : compute.serial();
    Ragged rows = Ragged.of(sequences);
    Tape[] tapes = new Tape[parts.size()];
    double[] losses = new double[parts.size()];
    try {
      compute
          .pool()
          .forEach(
              parts.size(),
              i -> {
                BatchPart part = parts.get(i);
                Tape tape = Tape.trainingPart(each, seed, rows.start(part.from()));
                tapes[i] = tape;
                if (checkpointActivations) {
                  tape.checkpointActivations();
                }
                Var logits =
                    TextClassifier.logits(
                        tape, base, sequences.subList(part.from(), part.to()), adapter);
                int[] labels = Arrays.copyOfRange(targets, part.from(), part.to());
                Var loss = CrossEntropy.apply(tape, logits, labels, divisor);
                losses[i] = loss.value().data()[0] * divisor;
                tape.backward(loss);
              });
      for (Tape tape : tapes) {
        tape.addParameterGrads();
      }
    } finally {
      for (Tape tape : tapes) {
        if (tape != null) {
          tape.close();
        }
      }
    }
    return Arrays.stream(losses).sum();
  }
}
