package io.github.lora4j.lora;

import io.github.lora4j.autograd.AddRow;
import io.github.lora4j.autograd.DoraLinear;
import io.github.lora4j.autograd.FrozenLinear;
import io.github.lora4j.autograd.Linear;
import io.github.lora4j.autograd.LowRankLinear;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.Gemm;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A linear layer of a base model. Which adapter applies is an argument of the call, so one layer
 * serves any number of adapters and threads at once.
 *
 * @param name as in the base checkpoint, for example {@code encoder.layer.0.attention.self.query}
 * @param weight frozen, {@code [out, in]}
 * @param bias {@code [out]} or null
 */
public record LinearLayer(String name, FrozenMatrix weight, float[] bias) {
  /** Checks that the bias fits. */
  public LinearLayer {
    if (bias != null && bias.length != weight.out()) {
      throw new IllegalArgumentException(
          "the bias of " + name + " has " + bias.length + " elements, expected " + weight.out());
    }
  }

  /**
   * {@code y = x Wᵀ + bias}, with the update and the bias that the adapter of each row has for this
   * layer.
   *
   * @param x {@code [rows, in]}
   * @return {@code [rows, out]}
   */
  public Var forward(Tape tape, Var x, BatchAdapters adapters) {
    List<AdapterSegment> segments = adapters.segments(x.value().rows());
    if (segments.size() > 1) {
      return MixedRows.forward(this, tape, x, segments);
    }
    return one(tape, x, segments.isEmpty() ? ActiveAdapter.NONE : segments.get(0).adapter());
  }

  /**
   * Layers with the same input: {@link #forward} of each, in one go where nothing is recorded and
   * no adapter has anything for one of them.
   *
   * @return what each gives, in their order
   */
  public static List<Var> forwardAll(
      Tape tape, Var x, BatchAdapters adapters, LinearLayer... layers) {
    int rows = x.value().rows();
    List<AdapterSegment> segments = adapters.segments(rows);
    boolean plain =
        Arrays.stream(layers)
            .allMatch(layer -> segments.stream().allMatch(s -> layer.isLeftBy(s.adapter())));
    if (tape.recording() || !plain) {
      return Arrays.stream(layers).map(layer -> layer.forward(tape, x, adapters)).toList();
    }
    List<Var> results = new ArrayList<>();
    List<Gemm.Product> products = new ArrayList<>();
    for (LinearLayer layer : layers) {
      layer.requireFeatures(x);
      Tensor y = tape.matrix(rows, layer.weight.out());
      results.add(Var.constant(y));
      products.add(new Gemm.Product(layer.weight, layer.bias, y.data()));
    }
    Compute compute = tape.compute();
    compute.gemm().forwardAll(compute.pool(), x.value().data(), rows, products);
    return results;
  }

  /** Whether an adapter has nothing for this layer. */
  private boolean isLeftBy(ActiveAdapter adapter) {
    return adapter.lowRank(name) == null
        && adapter.saved(name) == null
        && adapter.bias(name) == null;
  }

  /** All rows with one adapter. */
  Var one(Tape tape, Var x, ActiveAdapter adapter) {
    SavedModule saved = adapter.saved(name);
    if (saved != null) {
      return whole(tape, x, saved);
    }
    LowRank update = adapter.lowRank(name);
    if (update != null && update.isFinished() && !tape.recording()) {
      requireFeatures(x);
      return MixedRows.shared(
          this, tape, x, List.of(new AdapterSegment(adapter, 0, x.value().rows())));
    }
    Var own = adapter.bias(name);
    return forward(tape, x, update, own == null ? frozenBias() : tape.use(own));
  }

  private Var frozenBias() {
    return bias == null ? null : Var.constant(Tensor.of(bias, bias.length));
  }

  private Var whole(Tape tape, Var x, SavedModule saved) {
    Var row = saved.bias() == null ? frozenBias() : tape.use(saved.bias());
    return saved.weight() == null
        ? FrozenLinear.apply(tape, x, weight, row)
        : Linear.apply(tape, x, tape.use(saved.weight()), row);
  }

  /** The same with a given update, or none if it is null. */
  Var forward(Tape tape, Var x, LowRank update) {
    return forward(tape, x, update, frozenBias());
  }

  private Var forward(Tape tape, Var x, LowRank update, Var bias) {
    requireFeatures(x);
    if (update == null) {
      return FrozenLinear.apply(tape, x, weight, bias);
    }
    requireFits(update);
    FrozenMatrix under = update.residual() == null ? weight : update.residual();
    return update.magnitude() == null
        ? plain(tape, x, under, update, bias)
        : dora(tape, x, under, update, bias);
  }

  void requireFeatures(Var x) {
    if (x.value().cols() != weight.in()) {
      throw new IllegalArgumentException(
          "x has "
              + x.value().cols()
              + " features but W expects "
              + weight.in()
              + " (layer "
              + name
              + ")");
    }
  }

  void requireFits(LowRank update) {
    if (update.a().value().cols() != weight.in() || update.b().value().rows() != weight.out()) {
      throw new IllegalArgumentException(
          "the adapter is for a "
              + update.b().value().rows()
              + " x "
              + update.a().value().cols()
              + " layer but "
              + name
              + " is "
              + weight.out()
              + " x "
              + weight.in());
    }
  }

  private Var plain(Tape tape, Var x, FrozenMatrix under, LowRank update, Var bias) {
    Var y =
        LowRankLinear.apply(
            tape,
            x,
            under,
            bias,
            tape.use(update.a()),
            tape.use(update.b()),
            update.scaling(),
            update.dropout());
    return update.bias() == null
        ? y
        : AddRow.apply(tape, y, tape.use(update.bias()), update.scaling());
  }

  private Var dora(Tape tape, Var x, FrozenMatrix under, LowRank update, Var bias) {
    return DoraLinear.apply(
        tape,
        x,
        under,
        bias,
        tape.use(update.a()),
        tape.use(update.b()),
        tape.use(update.magnitude().vector()),
        update.magnitude().norms(tape.compute(), under, update),
        update.scaling(),
        update.dropout());
  }
}
