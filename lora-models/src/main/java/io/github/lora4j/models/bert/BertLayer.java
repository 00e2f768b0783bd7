package io.github.lora4j.models.bert;

import io.github.lora4j.autograd.Activate;
import io.github.lora4j.autograd.Add;
import io.github.lora4j.autograd.Attention;
import io.github.lora4j.autograd.LayerNorm;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.compute.Activation;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.lora.BatchAdapters;
import io.github.lora4j.lora.EachSegment;
import io.github.lora4j.lora.LinearLayer;
import io.github.lora4j.lora.SavedModule;
import io.github.lora4j.tensor.Ragged;
import io.github.lora4j.tensor.Tensor;
import java.util.List;

/** One layer of the encoder: self-attention and a feed-forward network, each with a residual. */
record BertLayer(
    int heads,
    Activation activation,
    LinearLayer query,
    LinearLayer key,
    LinearLayer value,
    LinearLayer attentionOutput,
    Norm attentionNorm,
    LinearLayer intermediate,
    LinearLayer output,
    Norm outputNorm) {

  /** The frozen scale and shift of a layer normalisation; an adapter may have others. */
  record Norm(String name, Var gamma, Var beta, float eps) {
    Var forward(Tape tape, Var x, BatchAdapters adapters) {
      return EachSegment.apply(
          tape, x, adapters, this::changedBy, (rows, adapter) -> one(tape, rows, adapter));
    }

    private boolean changedBy(ActiveAdapter adapter) {
      return adapter.saved(name) != null || adapter.bias(name) != null;
    }

    private Var one(Tape tape, Var x, ActiveAdapter adapter) {
      SavedModule saved = adapter.saved(name);
      Var scale = saved == null || saved.weight() == null ? gamma : saved.weight();
      return LayerNorm.apply(tape, x, scale, shift(saved, adapter.bias(name)), eps);
    }

    private Var shift(SavedModule saved, float[] own) {
      if (saved != null && saved.bias() != null) {
        return saved.bias();
      }
      return own == null ? beta : Var.constant(Tensor.of(own, own.length));
    }

    int size() {
      return gamma.value().size() + beta.value().size();
    }
  }

  /**
   * @param h {@code [batch.rows(), hidden]}
   * @return the same shape
   */
  Var forward(Tape tape, Var h, Ragged batch, BatchAdapters adapters) {
    Var q = query.forward(tape, h, adapters);
    Var k = key.forward(tape, h, adapters);
    Var v = value.forward(tape, h, adapters);
    Var context = Attention.apply(tape, q, k, v, batch, heads, heads, false);
    Var attended = attentionOutput.forward(tape, context, adapters);
    Var a = attentionNorm.forward(tape, Add.apply(tape, attended, h), adapters);
    Var inner = Activate.apply(tape, intermediate.forward(tape, a, adapters), activation);
    Var fed = output.forward(tape, inner, adapters);
    return outputNorm.forward(tape, Add.apply(tape, fed, a), adapters);
  }

  /** Bytes of its frozen values. */
  long bytes() {
    long bytes = (long) Float.BYTES * (attentionNorm.size() + outputNorm.size());
    for (LinearLayer linear : List.of(query, key, value, attentionOutput, intermediate, output)) {
      bytes += linear.weight().bytes() + (long) Float.BYTES * linear.bias().length;
    }
    return bytes;
  }
}
