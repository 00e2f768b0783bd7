package io.github.lora4j.models.bert;

import io.github.lora4j.autograd.Var;
import io.github.lora4j.lora.LinearLayer;
import io.github.lora4j.models.weights.CheckpointWeights;
import io.github.lora4j.tensor.Tensor;

/** Reads the layers of a BERT encoder by the names of a Hugging Face checkpoint. */
final class BertWeights {
  private static final String PREFIX = "bert.";

  private final BertConfig config;
  private final CheckpointWeights weights;
  private final String prefix;

  BertWeights(BertConfig config, CheckpointWeights weights) {
    this.config = config;
    this.weights = weights;
    this.prefix = weights.anyStartsWith(PREFIX) ? PREFIX : "";
  }

  BertLayer layer(String name) {
    int hidden = config.hiddenSize();
    int inner = config.intermediateSize();
    return new BertLayer(
        config.numAttentionHeads(),
        config.hiddenAct(),
        linear(name + ".attention.self.query", hidden, hidden),
        linear(name + ".attention.self.key", hidden, hidden),
        linear(name + ".attention.self.value", hidden, hidden),
        linear(name + ".attention.output.dense", hidden, hidden),
        norm(name + ".attention.output.LayerNorm"),
        linear(name + ".intermediate.dense", inner, hidden),
        linear(name + ".output.dense", hidden, inner),
        norm(name + ".output.LayerNorm"));
  }

  Var table(String name, int rows, int cols) {
    return Var.constant(Tensor.of(read(name + ".weight", rows, cols), rows, cols));
  }

  BertLayer.Norm norm(String name) {
    int hidden = config.hiddenSize();
    return new BertLayer.Norm(
        Var.constant(Tensor.of(read(name + ".weight", hidden), hidden)),
        Var.constant(Tensor.of(read(name + ".bias", hidden), hidden)),
        (float) config.layerNormEps());
  }

  private LinearLayer linear(String name, int out, int in) {
    return new LinearLayer(
        name, weights.matrix(prefix + name + ".weight", name, out, in), read(name + ".bias", out));
  }

  private float[] read(String name, int... shape) {
    return weights.read(prefix + name, shape);
  }
}
