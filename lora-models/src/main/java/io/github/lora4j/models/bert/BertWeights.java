package io.github.lora4j.models.bert;

import io.github.lora4j.autograd.Var;
import io.github.lora4j.lora.EmbeddingLayer;
import io.github.lora4j.lora.LinearLayer;
import io.github.lora4j.lora.NormLayer;
import io.github.lora4j.models.weights.CheckpointWeights;
import io.github.lora4j.tensor.RowMajorMatrix;
import io.github.lora4j.tensor.Tensor;

/** Reads the layers of an encoder by the names of a Hugging Face checkpoint. */
final class BertWeights {
  private final EncoderConfig config;
  private final CheckpointWeights weights;
  private final String prefix;

  BertWeights(EncoderConfig config, CheckpointWeights weights) {
    this.config = config;
    this.weights = weights;
    this.prefix = weights.anyStartsWith(config.names().prefix()) ? config.names().prefix() : "";
  }

  BertLayer layer(int index) {
    EncoderNames names = config.names();
    String layer = names.layer(index) + ".";
    int hidden = config.hiddenSize();
    int inner = config.intermediateSize();
    return new BertLayer(
        config.numAttentionHeads(),
        config.hiddenAct(),
        linear(layer + names.query(), hidden, hidden),
        linear(layer + names.key(), hidden, hidden),
        linear(layer + names.value(), hidden, hidden),
        linear(layer + names.attentionOutput(), hidden, hidden),
        norm(layer + names.attentionNorm()),
        linear(layer + names.intermediate(), inner, hidden),
        linear(layer + names.output(), hidden, inner),
        norm(layer + names.outputNorm()));
  }

  EmbeddingLayer table(String name, int rows, int cols) {
    Tensor table = Tensor.of(read(name + ".weight", rows, cols), rows, cols);
    return new EmbeddingLayer(name, new RowMajorMatrix(table), 1f);
  }

  NormLayer norm(String name) {
    int hidden = config.hiddenSize();
    return new NormLayer(
        name,
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
