package io.github.lora4j.models.batch;

import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.tensor.Ragged;
import java.util.Arrays;
import java.util.List;

/**
 * One batch forward and backward. A batch with work for every thread is divided by sequences, which
 * keeps the threads apart until the gradients are added up; a smaller one shares out each
 * operation.
 */
public final class ParallelTraining {
  private ParallelTraining() {}

  /** The loss of some sequences of a batch, divided by the divisor of the whole. */
  @FunctionalInterface
  public interface PartLoss {
    /** Computes the loss on a tape of its own; called on several threads at once. */
    Var of(Tape tape, BatchPart part);
  }

  /** How a batch is divided. */
  public static List<BatchPart> parts(Ragged sequences, int threads) {
    return BatchPart.even(sequences, sequences.sequences() >= 2 * threads ? threads : 1);
  }

  /**
   * Adds gradients to the parameters and returns the sum of the losses of the parts.
   *
   * @param sequences the rows that each adds to the batch
   * @param seed of dropout
   * @param checkpointActivations see {@link Tape#checkpointActivations}
   */
  public static double accumulate(
      Compute compute, Ragged sequences, long seed, boolean checkpointActivations, PartLoss loss) {
    List<BatchPart> parts = parts(sequences, compute.pool().threads());
    Compute each = parts.size() == 1 ? compute : compute.serial();
    Tape[] tapes = new Tape[parts.size()];
    double[] losses = new double[parts.size()];
    try {
      compute
          .pool()
          .forEach(
              parts.size(),
              i -> {
                BatchPart part = parts.get(i);
                Tape tape = Tape.trainingPart(each, seed, sequences.start(part.from()));
                tapes[i] = tape;
                if (checkpointActivations) {
                  tape.checkpointActivations();
                }
                Var value = loss.of(tape, part);
                losses[i] = value.value().data()[0];
                tape.backward(value);
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
