package io.github.lora4j.models.decoder;

import io.github.lora4j.autograd.Columns;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.lora.BatchAdapters;
import io.github.lora4j.lora.LinearLayer;
import io.github.lora4j.memory.ShapeOps;
import io.github.lora4j.memory.ShapeVar;
import java.util.List;

/** How queries, keys and values come out of the hidden states. Immutable and thread-safe. */
public interface Projections {
  /** Queries, keys and values of all heads. */
  record Heads(Var queries, Var keys, Var values) {}

  /** Computes them from {@code [rows, hidden]}. */
  Heads forward(Tape tape, Var x, BatchAdapters adapters);

  /** The same without values. */
  record HeadShapes(ShapeVar queries, ShapeVar keys, ShapeVar values) {}

  /** The same by shape. */
  HeadShapes shape(ShapeVar x, ShapePass pass);

  /** A layer for each. */
  record Separate(LinearLayer q, LinearLayer k, LinearLayer v) implements Projections {
    @Override
    public Heads forward(Tape tape, Var x, BatchAdapters adapters) {
      List<Var> heads = LinearLayer.forwardAll(tape, x, adapters, q, k, v);
      return new Heads(heads.get(0), heads.get(1), heads.get(2));
    }

    @Override
    public HeadShapes shape(ShapeVar x, ShapePass pass) {
      return new HeadShapes(pass.linear(x, q), pass.linear(x, k), pass.linear(x, v));
    }
  }

  /** One layer for all, and where each lies in its output. */
  record Fused(LinearLayer all, Columns.Selection q, Columns.Selection k, Columns.Selection v)
      implements Projections {
    @Override
    public Heads forward(Tape tape, Var x, BatchAdapters adapters) {
      Var y = all.forward(tape, x, adapters);
      Heads heads =
          new Heads(
              Columns.apply(tape, y, q), Columns.apply(tape, y, k), Columns.apply(tape, y, v));
      tape.forget(y);
      return heads;
    }

    @Override
    public HeadShapes shape(ShapeVar x, ShapePass pass) {
      ShapeVar y = pass.linear(x, all);
      ShapeOps ops = pass.ops();
      HeadShapes heads =
          new HeadShapes(
              ops.columns(y, q.cols()), ops.columns(y, k.cols()), ops.columns(y, v.cols()));
      pass.forget(y);
      return heads;
    }
  }
}
