package io.github.lora4j.models.decoder;

import io.github.lora4j.autograd.Add;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.memory.ShapeVar;

/** One layer of a decoder. Immutable and thread-safe. */
public interface DecoderLayer {
  /** How tokens see each other. */
  SelfAttention attention();

  /** From {@code [rows, hidden]} to the same shape, or the rows that the pass keeps. */
  Var forward(Tape tape, Var h, DecoderPass pass);

  /** The same by shape. */
  ShapeVar shape(ShapeVar h, ShapePass pass);

  /**
   * Attention, then the feed-forward network, each with a normalisation before it, perhaps one
   * after it, and a residual.
   *
   * @param afterAttention null if there is none
   * @param afterFeedForward null if there is none
   */
  record Sequential(
      Norm beforeAttention,
      SelfAttention attention,
      Norm afterAttention,
      Norm beforeFeedForward,
      FeedForward feedForward,
      Norm afterFeedForward)
      implements DecoderLayer {
    @Override
    public Var forward(Tape tape, Var h, DecoderPass pass) {
      Var x = beforeAttention.forward(tape, h, pass.adapters());
      Var seen = attention.forward(tape, x, pass);
      tape.forget(x);
      Var a = sum(tape, normed(tape, afterAttention, seen, pass), pass.kept(tape, h));
      Var y = beforeFeedForward.forward(tape, a, pass.keptAdapters());
      Var fed = feedForward.forward(tape, y, pass.keptAdapters());
      tape.forget(y);
      return sum(tape, normed(tape, afterFeedForward, fed, pass), a);
    }

    @Override
    public ShapeVar shape(ShapeVar h, ShapePass pass) {
      ShapeVar x = beforeAttention.shape(h, pass);
      ShapeVar seen = attention.shape(x, pass);
      pass.forget(x);
      ShapeVar a = sum(normed(afterAttention, seen, pass), pass.kept(h), pass);
      ShapeVar y = beforeFeedForward.shape(a, pass);
      ShapeVar fed = feedForward.shape(y, pass);
      pass.forget(y);
      return sum(normed(afterFeedForward, fed, pass), a, pass);
    }

    private static ShapeVar normed(Norm norm, ShapeVar x, ShapePass pass) {
      return norm == null ? x : norm.shape(x, pass);
    }

    private static Var normed(Tape tape, Norm norm, Var x, DecoderPass pass) {
      return norm == null ? x : norm.forward(tape, x, pass.keptAdapters());
    }
  }

  /** Adds the residual to a value that nothing else takes. */
  private static Var sum(Tape tape, Var x, Var residual) {
    Var y = Add.apply(tape, x, residual);
    tape.forget(x);
    return y;
  }

  private static ShapeVar sum(ShapeVar x, ShapeVar residual, ShapePass pass) {
    ShapeVar y = pass.ops().add(x, residual);
    pass.forget(x);
    return y;
  }

  /**
   * Attention and the feed-forward network side by side over the same hidden states.
   *
   * @param beforeFeedForward null if it takes what the attention takes
   */
  record Parallel(
      Norm beforeAttention,
      SelfAttention attention,
      Norm beforeFeedForward,
      FeedForward feedForward)
      implements DecoderLayer {
    @Override
    public Var forward(Tape tape, Var h, DecoderPass pass) {
      Var x = beforeAttention.forward(tape, h, pass.adapters());
      Var seen = attention.forward(tape, x, pass);
      Var residual = pass.kept(tape, h);
      Var y =
          beforeFeedForward == null
              ? pass.kept(tape, x)
              : beforeFeedForward.forward(tape, residual, pass.keptAdapters());
      Var fed = feedForward.forward(tape, y, pass.keptAdapters());
      tape.forget(x);
      if (beforeFeedForward != null) {
        tape.forget(y);
      }
      Var both = sum(tape, fed, seen);
      tape.forget(seen);
      return sum(tape, both, residual);
    }

    @Override
    public ShapeVar shape(ShapeVar h, ShapePass pass) {
      ShapeVar x = beforeAttention.shape(h, pass);
      ShapeVar seen = attention.shape(x, pass);
      ShapeVar residual = pass.kept(h);
      ShapeVar y =
          beforeFeedForward == null ? pass.kept(x) : beforeFeedForward.shape(residual, pass);
      ShapeVar fed = feedForward.shape(y, pass);
      pass.forget(x);
      if (beforeFeedForward != null) {
        pass.forget(y);
      }
      ShapeVar both = sum(fed, seen, pass);
      pass.forget(seen);
      return sum(both, residual, pass);
    }
  }
}
