package io.github.lora4j.models.causal;

import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.models.batch.ParallelInference;
import io.github.lora4j.models.batch.ParallelTraining;
import io.github.lora4j.models.decoder.DecoderBatch;
import io.github.lora4j.models.decoder.DecoderModel;
import java.util.List;

/** The loss of examples: cross-entropy of the tokens that are to be learned. */
final class CausalLoss {
  private final Compute compute;
  private final DecoderModel model;
  private final ActiveAdapter adapter;

  CausalLoss(Compute compute, DecoderModel model, ActiveAdapter adapter) {
    this.compute = compute;
    this.model = model;
    this.adapter = adapter;
  }

  /** Adds gradients to the parameters behind the adapter and returns the sum of the losses. */
  double accumulate(
      List<CausalExample> examples, double divisor, long seed, boolean checkpointActivations) {
    double sum =
        divisor
            * ParallelTraining.accumulate(
                compute,
                ids(examples),
                seed,
                checkpointActivations,
                (tape, part) -> loss(tape, examples.subList(part.from(), part.to()), divisor));
    refuseDamage(sum);
    return sum;
  }

  /** The sum of the losses. */
  double sum(List<CausalExample> examples) {
    List<int[]> sequences = ids(examples);
    double[] sums = new double[examples.size()];
    ParallelInference.run(
        compute,
        sequences,
        (part, tape) -> {
          List<CausalExample> some = examples.subList(part.from(), part.to());
          sums[part.from()] = loss(tape, some, 1).value().data()[0];
        });
    double sum = 0;
    for (double part : sums) {
      sum += part;
    }
    refuseDamage(sum);
    return sum;
  }

  /** Weights that stay in a file are not searched before, and no setting helps if one is NaN. */
  private void refuseDamage(double loss) {
    if (!Double.isFinite(loss)) {
      model
          .nonFiniteWeight()
          .ifPresent(
              weight -> {
                throw new IllegalStateException("the loss is " + loss + ": " + weight);
              });
    }
  }

  private Var loss(Tape tape, List<CausalExample> examples, double divisor) {
    DecoderBatch batch = DecoderBatch.whole(ids(examples));
    int count = examples.stream().mapToInt(CausalExample::labels).sum();
    int[] rows = new int[count];
    int[] labels = new int[count];
    int at = 0;
    for (int s = 0; s < examples.size(); s++) {
      CausalExample example = examples.get(s);
      int start = batch.rows().start(s);
      for (int i = example.learned().nextSetBit(0); i >= 0; ) {
        rows[at] = start + i - 1;
        labels[at++] = example.ids()[i];
        i = example.learned().nextSetBit(i + 1);
      }
    }
    return model.loss(tape, model.hidden(tape, batch, adapter), rows, labels, divisor, adapter);
  }

  private static List<int[]> ids(List<CausalExample> examples) {
    return examples.stream().map(CausalExample::ids).toList();
  }
}
