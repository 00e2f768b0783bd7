package io.github.lora4j.models.decoder;

import io.github.lora4j.adapter.ModuleShape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.lora.LinearLayer;
import io.github.lora4j.lora.NormLayer;
import io.github.lora4j.models.weights.WeightSource;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the parts of a decoder and notes its linear layers. For one thread.
 *
 * <p>Names are those of a model with its language head, such as {@code model.layers.0...}, which
 * adapters target. A checkpoint of the bare model lacks the first part of them.
 */
public final class DecoderWeights {
  private final WeightSource weights;
  private final String missing;
  private final Map<String, ModuleShape> modules = new LinkedHashMap<>();
  private final Map<String, FrozenMatrix> matrices = new LinkedHashMap<>();
  private final Map<String, float[]> biases = new LinkedHashMap<>();
  private final Map<String, List<Integer>> replaceable = new LinkedHashMap<>();
  private long bytes;

  /**
   * @param prefix what a bare model's names lack, for example {@code model.}
   * @param embeddings a name that every checkpoint of the family has, with the prefix
   */
  public DecoderWeights(WeightSource weights, String prefix, String embeddings) {
    this.weights = weights;
    this.missing =
        !weights.has(embeddings) && weights.has(embeddings.substring(prefix.length()))
            ? prefix
            : "";
  }

  /** A linear layer, with a bias or without. */
  public LinearLayer linear(String module, int out, int in, boolean bias) {
    replaceable.put(module + ".weight", List.of(out, in));
    if (bias) {
      replaceable.put(module + ".bias", List.of(out));
    }
    return add(module, weights.matrix(stored(module + ".weight"), module, out, in), out, in, bias);
  }

  /** A linear layer whose weight lies the other way round in the checkpoint, with a bias. */
  public LinearLayer conv1d(String module, int out, int in) {
    return add(
        module, weights.transposed(stored(module + ".weight"), module, out, in), out, in, true);
  }

  private LinearLayer add(String module, FrozenMatrix w, int out, int in, boolean bias) {
    modules.put(module, new ModuleShape(out, in));
    matrices.put(module, w);
    bytes += w.bytes();
    return new LinearLayer(module, w, bias ? bias(module, out) : null);
  }

  private float[] bias(String module, int size) {
    float[] bias = read(module + ".bias", size);
    biases.put(module, bias);
    return bias;
  }

  /** Embeddings, or the weight of the output layer. */
  public FrozenMatrix table(String name, int rows, int cols) {
    FrozenMatrix table = weights.table(stored(name + ".weight"), rows, cols);
    replaceable.put(name + ".weight", List.of(rows, cols));
    bytes += table.bytes();
    return table;
  }

  /** Notes an output layer, which an adapter may replace even where its weight is shared. */
  void noteHead(String name, int rows, int cols) {
    replaceable.put(name + ".weight", List.of(rows, cols));
  }

  /** RMSNorm. */
  public Norm rmsNorm(String name, int size, double eps) {
    replaceable.put(name + ".weight", List.of(size));
    return new Norm.Rms(name, read(name + ".weight", size), 0f, (float) eps);
  }

  /** RMSNorm whose scale is one more than what is stored, as in Gemma. */
  public Norm rmsNormPlusOne(String name, int size, double eps) {
    float[] gamma = read(name + ".weight", size).clone();
    for (int i = 0; i < size; i++) {
      gamma[i] += 1f;
    }
    replaceable.put(name + ".weight", List.of(size));
    return new Norm.Rms(name, gamma, 1f, (float) eps);
  }

  /** LayerNorm. */
  public Norm layerNorm(String name, int size, double eps) {
    replaceable.put(name + ".weight", List.of(size));
    replaceable.put(name + ".bias", List.of(size));
    return new Norm.Layer(
        new NormLayer(
            name,
            Var.constant(Tensor.of(read(name + ".weight", size), size)),
            Var.constant(Tensor.of(bias(name, size), size)),
            (float) eps));
  }

  /** True if the checkpoint has it. */
  public boolean has(String name) {
    return weights.has(stored(name));
  }

  /** A tensor as float32. */
  public float[] read(String name, int... shape) {
    float[] values = weights.read(stored(name), shape);
    bytes += (long) Float.BYTES * values.length;
    return values;
  }

  private String stored(String name) {
    return name.startsWith(missing) ? name.substring(missing.length()) : name;
  }

  Map<String, ModuleShape> modules() {
    return modules;
  }

  Map<String, FrozenMatrix> matrices() {
    return matrices;
  }

  /** The biases of linear modules and the shifts of norms, by name, in the order of reading. */
  Map<String, float[]> biases() {
    return biases;
  }

  /** The shapes of the tensors that an adapter may replace, as in PEFT's files. */
  Map<String, List<Integer>> replaceable() {
    return replaceable;
  }

  long bytes() {
    return bytes;
  }
}
