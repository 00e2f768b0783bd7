package io.github.lora4j.models.bert;

import io.github.lora4j.autograd.Activate;
import io.github.lora4j.autograd.Add;
import io.github.lora4j.autograd.Attention;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.compute.Activation;
import io.github.lora4j.lora.BatchAdapters;
import io.github.lora4j.lora.LinearLayer;
import io.github.lora4j.lora.NormLayer;
import io.github.lora4j.tensor.Ragged;
import java.util.List;

/** One layer of the encoder: self-attention and a feed-forward network, each with a residual. */
record BertLayer(
    int heads,
    Activation activation,
    LinearLayer query,
    LinearLayer key,
    LinearLayer value,
    LinearLayer attentionOutput,
    NormLayer attentionNorm,
    LinearLayer intermediate,
    LinearLayer output,
    NormLayer outputNorm) {

  /**
   * @param h {@code [batch.rows(), hidden]}
   * @return the same shape
   */
  Var forward(Tape tape, Var h, Ragged batch, BatchAdapters adapters) {
    List<Var> qkv = LinearLayer.forwardAll(tape, h, adapters, query, key, value);
    Var context =
        Attention.apply(tape, qkv.get(0), qkv.get(1), qkv.get(2), batch, heads, heads, false);
    Var attended = attentionOutput.forward(tape, context, adapters);
    Var a = attentionNorm.forward(tape, Add.apply(tape, attended, h), adapters);
    Var inner = Activate.apply(tape, intermediate.forward(tape, a, adapters), activation);
    Var fed = output.forward(tape, inner, adapters);
    return outputNorm.forward(tape, Add.apply(tape, fed, a), adapters);
  }

  /** Its linear layers, in the order of the checkpoint. */
  List<LinearLayer> linears() {
    return List.of(query, key, value, attentionOutput, intermediate, output);
  }

  /** Bytes of its frozen values. */
  long bytes() {
    long bytes = (long) Float.BYTES * (attentionNorm.size() + outputNorm.size());
    for (LinearLayer linear : linears()) {
      bytes += linear.weight().bytes() + (long) Float.BYTES * linear.bias().length;
    }
    return bytes;
  }
}
