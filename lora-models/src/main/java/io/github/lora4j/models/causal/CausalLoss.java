package io.github.lora4j.models.causal;

import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.models.batch.ParallelInference;
import io.github.lora4j.models.batch.ParallelTraining;
import io.github.lora4j.models.batch.SharedPrefixes;
import io.github.lora4j.models.decoder.DecoderBatch;
import io.github.lora4j.models.decoder.DecoderModel;
import io.github.lora4j.tensor.Ragged;
import java.util.List;

/** The loss of examples: cross-entropy of the tokens that are to be learned. */
final class CausalLoss {
  private final Compute compute;
  private final DecoderModel model;
  private final ActiveAdapter adapter;
  private final ExampleSharing training;
  private final ExampleSharing evaluation;

  /**
   * @param dropout of the adapter in training
   */
  CausalLoss(Compute compute, DecoderModel model, ActiveAdapter adapter, double dropout) {
    this.compute = compute;
    this.model = model;
    this.adapter = adapter;
    this.training = ExampleSharing.training(model, dropout);
    this.evaluation = ExampleSharing.evaluation(model);
  }

  /** The rows that each example has for itself in training: what a batch is divided by. */
  Ragged rows(List<CausalExample> examples) {
    return training.of(examples).own();
  }

  /** Adds gradients to the parameters behind the adapter and returns the sum of the losses. */
  double accumulate(
      List<CausalExample> examples, double divisor, long seed, boolean checkpointActivations) {
    double sum =
        divisor
            * ParallelTraining.accumulate(
                compute,
                rows(examples),
                seed,
                checkpointActivations,
                (tape, part) ->
                    loss(tape, training, examples.subList(part.from(), part.to()), divisor));
    refuseDamage(sum);
    return sum;
  }

  /** The sum of the losses. */
  double sum(List<CausalExample> examples) {
    double[] sums = new double[examples.size()];
    ParallelInference.run(
        compute,
        evaluation.of(examples).own(),
        (part, tape) -> {
          List<CausalExample> some = examples.subList(part.from(), part.to());
          sums[part.from()] = loss(tape, evaluation, some, 1).value().data()[0];
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

  private Var loss(
      Tape tape, ExampleSharing sharing, List<CausalExample> examples, double divisor) {
    SharedPrefixes prefixes = sharing.of(examples);
    int count = examples.stream().mapToInt(CausalExample::labels).sum();
    int[] rows = new int[count];
    int[] labels = new int[count];
    int at = 0;
    for (int s = 0; s < examples.size(); s++) {
      CausalExample example = examples.get(s);
      for (int i = example.learned().nextSetBit(0); i >= 0; ) {
        rows[at] = prefixes.row(s, i - 1);
        labels[at++] = example.ids()[i];
        i = example.learned().nextSetBit(i + 1);
      }
    }
    DecoderBatch batch = DecoderBatch.shared(prefixes);
    if (!sharing.narrows()) {
      return model.loss(tape, model.hidden(tape, batch, adapter), rows, labels, divisor, adapter);
    }
    Var hidden = model.hidden(tape, batch, adapter, rows, adapter);
    return model.loss(tape, hidden, labels, divisor, adapter);
  }
}
