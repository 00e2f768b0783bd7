package io.github.lora4j.models.decoder;

import io.github.lora4j.autograd.Activate;
import io.github.lora4j.autograd.Columns;
import io.github.lora4j.autograd.GatedActivation;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.compute.Activation;
import io.github.lora4j.lora.BatchAdapters;
import io.github.lora4j.lora.LinearLayer;
import io.github.lora4j.memory.ShapeVar;
import java.util.List;

/** The part of a layer that looks at each token by itself. Immutable and thread-safe. */
public interface FeedForward {
  /** From {@code [rows, hidden]} to the same shape. */
  Var forward(Tape tape, Var x, BatchAdapters adapters);

  /** The same by shape. */
  ShapeVar shape(ShapeVar x, ShapePass pass);

  /** {@code down(f(gate(x)) * up(x))}. */
  record Gated(Activation f, LinearLayer gate, LinearLayer up, LinearLayer down)
      implements FeedForward {
    @Override
    public Var forward(Tape tape, Var x, BatchAdapters adapters) {
      List<Var> both = LinearLayer.forwardAll(tape, x, adapters, gate, up);
      Var gated = GatedActivation.apply(tape, both.get(0), both.get(1), f);
      return last(tape, down, gated, adapters);
    }

    @Override
    public ShapeVar shape(ShapeVar x, ShapePass pass) {
      ShapeVar gated = pass.ops().gatedActivation(pass.linear(x, gate), pass.linear(x, up));
      return last(down, gated, pass);
    }
  }

  /** The last layer, whose input is cheap to compute again. */
  private static Var last(Tape tape, LinearLayer layer, Var x, BatchAdapters adapters) {
    Var y = layer.forward(tape, x, adapters);
    tape.forget(x);
    return y;
  }

  private static ShapeVar last(LinearLayer layer, ShapeVar x, ShapePass pass) {
    ShapeVar y = pass.linear(x, layer);
    pass.forget(x);
    return y;
  }

  /** The same with gate and up in one layer, gate first. */
  record FusedGated(Activation f, LinearLayer gateUp, LinearLayer down) implements FeedForward {
    @Override
    public Var forward(Tape tape, Var x, BatchAdapters adapters) {
      Var both = gateUp.forward(tape, x, adapters);
      int inner = both.value().cols() / 2;
      Var gate = Columns.apply(tape, both, Columns.Selection.range(0, inner));
      Var up = Columns.apply(tape, both, Columns.Selection.range(inner, inner));
      tape.forget(both);
      return last(tape, down, GatedActivation.apply(tape, gate, up, f), adapters);
    }

    @Override
    public ShapeVar shape(ShapeVar x, ShapePass pass) {
      ShapeVar both = pass.linear(x, gateUp);
      int inner = both.cols() / 2;
      ShapeVar gate = pass.ops().columns(both, inner);
      ShapeVar up = pass.ops().columns(both, inner);
      pass.forget(both);
      return last(down, pass.ops().gatedActivation(gate, up), pass);
    }
  }

  /** {@code out(f(in(x)))}. */
  record Plain(Activation f, LinearLayer in, LinearLayer out) implements FeedForward {
    @Override
    public Var forward(Tape tape, Var x, BatchAdapters adapters) {
      Var inner = Activate.apply(tape, in.forward(tape, x, adapters), f);
      return last(tape, out, inner, adapters);
    }

    @Override
    public ShapeVar shape(ShapeVar x, ShapePass pass) {
      return last(out, pass.ops().activate(pass.linear(x, in)), pass);
    }
  }
}
