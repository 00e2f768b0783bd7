package io.github.lora4j.lora;

import io.github.lora4j.autograd.SegmentChange;
import io.github.lora4j.autograd.SegmentedLinear;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * A linear layer over rows with several adapters. Those over the layer's own weights share one
 * product; one that has other weights has a product of its own.
 */
final class MixedRows {
  private MixedRows() {}

  static Var forward(LinearLayer layer, Tape tape, Var x, List<AdapterSegment> segments) {
    EachSegment.requireInference(tape);
    layer.requireFeatures(x);
    List<AdapterSegment> sharing = new ArrayList<>();
    List<AdapterSegment> others = new ArrayList<>();
    segments.forEach(segment -> (shares(layer, segment) ? sharing : others).add(segment));
    if (others.isEmpty()) {
      return shared(layer, tape, x, sharing);
    }
    Tensor y = tape.matrix(x.value().rows(), layer.weight().out());
    if (!sharing.isEmpty()) {
      List<AdapterSegment> packed = packed(sharing);
      Var rows = EachSegment.rows(tape, x, sharing);
      scatter(shared(layer, tape, rows, packed).value(), sharing, y);
    }
    for (AdapterSegment segment : others) {
      List<AdapterSegment> alone = List.of(segment);
      Var rows = EachSegment.rows(tape, x, alone);
      scatter(layer.one(tape, rows, segment.adapter()).value(), alone, y);
    }
    return Var.constant(y);
  }

  private static boolean shares(LinearLayer layer, AdapterSegment segment) {
    LowRank update = segment.adapter().lowRank(layer.name());
    return segment.adapter().saved(layer.name()) == null
        && (update == null || update.residual() == null);
  }

  /** The same segments without the rows between them. */
  private static List<AdapterSegment> packed(List<AdapterSegment> segments) {
    List<AdapterSegment> packed = new ArrayList<>();
    int next = 0;
    for (AdapterSegment segment : segments) {
      int end = next + segment.to() - segment.from();
      packed.add(new AdapterSegment(segment.adapter(), next, end));
      next = end;
    }
    return packed;
  }

  private static void scatter(Tensor rows, List<AdapterSegment> segments, Tensor to) {
    int cols = to.cols();
    int next = 0;
    for (AdapterSegment segment : segments) {
      int count = (segment.to() - segment.from()) * cols;
      System.arraycopy(rows.data(), next, to.data(), segment.from() * cols, count);
      next += count;
    }
  }

  static Var shared(LinearLayer layer, Tape tape, Var x, List<AdapterSegment> segments) {
    List<SegmentChange> changes =
        segments.stream().map(segment -> change(layer, tape.compute(), segment)).toList();
    return SegmentedLinear.apply(tape, x, layer.weight(), changes);
  }

  private static SegmentChange change(LinearLayer layer, Compute compute, AdapterSegment segment) {
    Var own = segment.adapter().bias(layer.name());
    float[] start = own == null ? layer.bias() : own.value().data();
    LowRank update = segment.adapter().lowRank(layer.name());
    if (update == null) {
      return SegmentChange.none(segment.from(), segment.to(), start);
    }
    layer.requireFits(update);
    Magnitude magnitude = update.magnitude();
    return new SegmentChange(
        segment.from(),
        segment.to(),
        start,
        update.a().value(),
        update.b().value(),
        update.columnsOfB(),
        update.scaling(),
        magnitude == null ? null : magnitude.factors(compute, layer.weight(), update),
        update.bias() == null ? null : update.bias().value().data());
  }
}
