package io.github.lora4j.models.bert;

import io.github.lora4j.autograd.Var;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.LinearLayer;
import io.github.lora4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** Reads the layers of a BERT encoder from a checkpoint and checks every shape and value. */
final class BertWeights {
  private static final String PREFIX = "bert.";

  private final Compute compute;
  private final BertConfig config;
  private final NamedTensors weights;
  private final String prefix;

  BertWeights(Compute compute, BertConfig config, NamedTensors weights) {
    this.compute = compute;
    this.config = config;
    this.weights = weights;
    this.prefix = weights.names().stream().anyMatch(n -> n.startsWith(PREFIX)) ? PREFIX : "";
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
    float[] w = read(name + ".weight", out, in);
    return new LinearLayer(name, compute.gemm().dense(w, out, in), read(name + ".bias", out));
  }

  private float[] read(String name, int... shape) {
    String full = prefix + name;
    List<Long> expected = Arrays.stream(shape).mapToObj(d -> (long) d).toList();
    if (!weights.names().contains(full)) {
      throw new CheckpointException(weights.source(), full, "is missing");
    }
    List<Long> actual = weights.info(full).shape();
    if (!actual.equals(expected)) {
      throw new CheckpointException(
          weights.source(), full, "has shape " + actual + ", config.json says " + expected);
    }
    float[] values = weights.readFloat32(full);
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new CheckpointException(weights.source(), full, "value " + i + " is " + values[i]);
      }
    }
    return values;
  }
}
