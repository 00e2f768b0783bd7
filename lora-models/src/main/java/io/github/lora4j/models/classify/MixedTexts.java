package io.github.lora4j.models.classify;

import io.github.lora4j.autograd.GatherRows;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.lora.RowAdapters;
import io.github.lora4j.models.batch.ParallelInference;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.tensor.Ragged;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Classifies texts with an adapter for each, those of the same adapter side by side. */
final class MixedTexts {
  private final TextEncoder base;

  MixedTexts(TextEncoder base) {
    this.base = base;
  }

  /** As {@link TextClassifier#predictTokens(List, List)}. */
  List<Prediction> predict(List<int[]> sequences, List<ClassifierAdapter> adapters) {
    if (adapters.size() != sequences.size()) {
      throw new IllegalArgumentException(
          adapters.size() + " adapters for " + sequences.size() + " texts");
    }
    List<ClassifierAdapter> chosen = withOwnHead(adapters);
    int[] order = RowAdapters.order(chosen.stream().map(ClassifierAdapter::updates).toList());
    List<int[]> sorted = Arrays.stream(order).mapToObj(sequences::get).toList();
    List<ClassifierAdapter> own = Arrays.stream(order).mapToObj(chosen::get).toList();
    Prediction[] predictions = new Prediction[order.length];
    ParallelInference.run(
        base.compute(),
        Ragged.of(sorted),
        (part, tape) -> {
          List<ClassifierAdapter> these = own.subList(part.from(), part.to());
          List<Prediction> some = part(tape, sorted.subList(part.from(), part.to()), these);
          for (int i = 0; i < some.size(); i++) {
            predictions[order[part.from() + i]] = some.get(i);
          }
        });
    return Arrays.asList(predictions);
  }

  private List<ClassifierAdapter> withOwnHead(List<ClassifierAdapter> adapters) {
    int missing = adapters.indexOf(null);
    if (missing < 0) {
      return adapters;
    }
    if (base.head().isEmpty()) {
      throw new IllegalArgumentException(
          "text " + missing + " has no adapter, and " + base.name() + " has no head of its own");
    }
    ClassifierAdapter own = ClassifierAdapter.ofCheckpoint(base, base.name());
    return adapters.stream().map(adapter -> adapter == null ? own : adapter).toList();
  }

  private List<Prediction> part(
      Tape tape, List<int[]> sequences, List<ClassifierAdapter> adapters) {
    Ragged batch = Ragged.of(sequences);
    RowAdapters rows =
        RowAdapters.of(batch, adapters.stream().map(ClassifierAdapter::updates).toList());
    Var hidden = base.encoder().forward(tape, sequences, batch, rows);
    Prediction[] predictions = new Prediction[sequences.size()];
    for (int from = 0; from < predictions.length; ) {
      Head head = adapters.get(from).head();
      int to = from + 1;
      while (to < predictions.length && adapters.get(to).head() == head) {
        to++;
      }
      float[][] logits = logits(tape, hidden, sequences, head, from, to);
      for (int i = from; i < to; i++) {
        predictions[i] = TextClassifier.prediction(base, logits[i - from], adapters.get(i));
      }
      from = to;
    }
    return Arrays.asList(predictions);
  }

  /** Of the texts {@code [from, to)}, which share a head. */
  private static float[][] logits(
      Tape tape, Var hidden, List<int[]> sequences, Head head, int from, int to) {
    Ragged batch = Ragged.of(sequences);
    int first = batch.start(from);
    int end = batch.start(to - 1) + batch.length(to - 1);
    Var own = GatherRows.apply(tape, hidden, IntStream.range(first, end).toArray());
    Var pooled = head.pooled(tape, own, Ragged.of(sequences.subList(from, to)));
    float[] logits = head.logits(tape, pooled).value().toArray();
    int classes = logits.length / (to - from);
    return IntStream.range(0, to - from)
        .mapToObj(i -> Arrays.copyOfRange(logits, i * classes, (i + 1) * classes))
        .toArray(float[][]::new);
  }
}
