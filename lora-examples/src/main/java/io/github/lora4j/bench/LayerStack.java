package io.github.lora4j.bench;

import io.github.lora4j.autograd.Activate;
import io.github.lora4j.autograd.Add;
import io.github.lora4j.autograd.LayerNorm;
import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.checkpoint.SafetensorsFile;
import io.github.lora4j.compute.Activation;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.lora.LinearLayer;
import io.github.lora4j.lora.LowRank;
import io.github.lora4j.quant.FourBitMatrix;
import io.github.lora4j.quant.QuantState;
import io.github.lora4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** The linear layers of a decoder in 4 bits, each with a LoRA update. */
final class LayerStack {
  private static final List<String> ATTENTION = List.of("q_proj", "k_proj", "v_proj", "o_proj");

  private final Shape shape;
  private final Map<String, LinearLayer> layers = new HashMap<>();
  private final Map<String, LowRank> updates = new HashMap<>();
  private final List<Parameter> parameters = new ArrayList<>();
  private final Var gamma;
  private final Var beta;

  /**
   * @param hidden features of a token
   * @param inner features inside the feed-forward layers
   * @param layers how many layers
   * @param r rank of the updates
   */
  record Shape(int hidden, int inner, int layers, int r) {
    /** Out and in of each matrix, by its name. */
    Map<String, int[]> matrices() {
      Map<String, int[]> matrices = new LinkedHashMap<>();
      for (int i = 0; i < layers; i++) {
        for (String name : ATTENTION) {
          matrices.put(i + "." + name, new int[] {hidden, hidden});
        }
        matrices.put(i + ".gate_proj", new int[] {inner, hidden});
        matrices.put(i + ".up_proj", new int[] {inner, hidden});
        matrices.put(i + ".down_proj", new int[] {hidden, inner});
      }
      return matrices;
    }

    long weights() {
      return layers * (4L * hidden * hidden + 3L * hidden * inner);
    }
  }

  LayerStack(Compute compute, Shape shape, SafetensorsFile file) {
    this.shape = shape;
    float[] ones = new float[shape.hidden()];
    Arrays.fill(ones, 1f);
    this.gamma = Var.constant(Tensor.of(ones, shape.hidden()));
    this.beta = Var.constant(Tensor.of(new float[shape.hidden()], shape.hidden()));
    shape
        .matrices()
        .forEach(
            (name, size) -> {
              FourBitMatrix w = new FourBitMatrix(compute.kernels(), QuantState.read(file, name));
              layers.put(name, new LinearLayer(name, w, null));
              updates.put(name, update(name, size[0], size[1]));
            });
  }

  private LowRank update(String name, int out, int in) {
    SplittableRandom random = new SplittableRandom(name.hashCode());
    float[] a = new float[shape.r() * in];
    for (int i = 0; i < a.length; i++) {
      a[i] = (float) ((random.nextDouble() - 0.5) / Math.sqrt(in));
    }
    float[] b = new float[out * shape.r()];
    Parameter first = new Parameter(name + ".lora_A", Tensor.of(a, shape.r(), in));
    Parameter second = new Parameter(name + ".lora_B", Tensor.of(b, out, shape.r()));
    parameters.add(first);
    parameters.add(second);
    return new LowRank(first, second, 1f, 0);
  }

  List<Parameter> parameters() {
    return parameters;
  }

  /** As a decoder, with sums where that has attention and gates. */
  Var forward(Tape tape, Var x) {
    Var h = x;
    for (int i = 0; i < shape.layers(); i++) {
      int layer = i;
      Var input = h;
      h = tape.layer(() -> layer(tape, input, layer + "."));
    }
    return h;
  }

  private Var layer(Tape tape, Var x, String prefix) {
    Var n = LayerNorm.apply(tape, x, gamma, beta, 1e-5f);
    Var qk =
        Add.apply(tape, linear(tape, n, prefix + "q_proj"), linear(tape, n, prefix + "k_proj"));
    Var mixed = Add.apply(tape, qk, linear(tape, n, prefix + "v_proj"));
    Var h = Add.apply(tape, x, linear(tape, mixed, prefix + "o_proj"));
    Var m = LayerNorm.apply(tape, h, gamma, beta, 1e-5f);
    Var gate = Activate.apply(tape, linear(tape, m, prefix + "gate_proj"), Activation.GELU);
    Var inner = Add.apply(tape, gate, linear(tape, m, prefix + "up_proj"));
    return Add.apply(tape, h, linear(tape, inner, prefix + "down_proj"));
  }

  private Var linear(Tape tape, Var x, String name) {
    ActiveAdapter adapter = updates::get;
    return layers.get(name).forward(tape, x, adapter);
  }
}
