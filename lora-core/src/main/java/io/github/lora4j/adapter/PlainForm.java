package io.github.lora4j.adapter;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.LoraFactors;
import io.github.lora4j.lora.LoraInit;
import io.github.lora4j.lora.TakenFromBase;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Adapters whose start was taken out of the base, as those of PiSSA and OLoRA, in a form that fits
 * the base as it is: of twice the rank, {@code A = [A; A0]} and {@code B = [B, -B0]}, where A0 and
 * B0 are the start. That is what PEFT saves with {@code path_initial_model_for_weight_conversion}.
 * Stateless and thread-safe.
 */
public final class PlainForm {
  private PlainForm() {}

  /** Whether an adapter has to be converted before it fits an ordinary base. */
  public static boolean isNeeded(LoraAdapter adapter) {
    return adapter.config().initLoraWeights().takesFromBase();
  }

  /**
   * The adapter with its start subtracted.
   *
   * @param starts A0 and B0 for each of its modules, unscaled as in PEFT
   * @return the adapter itself if its start was not taken out of the base
   * @throws IllegalArgumentException if a module has no start, or one of another shape
   */
  public static LoraAdapter subtract(LoraAdapter adapter, Map<String, LoraFactors.Factors> starts) {
    if (!isNeeded(adapter)) {
      return adapter;
    }
    LoraConfig config = config(adapter.config());
    Map<String, LoraWeights> weights = new LinkedHashMap<>();
    adapter
        .weights()
        .forEach(
            (module, w) ->
                weights.put(
                    module,
                    doubled(module, w, starts.get(module), (float) config.scaling(module))));
    return new LoraAdapter(
        adapter.name(), config, weights, adapter.savedTensors(), adapter.biases(), adapter.info());
  }

  /**
   * An adapter that PEFT saved without converting it, as PEFT runs it: the start is found again in
   * the base.
   *
   * @param weights of the base by module, as they were when the adapter was made
   * @return the adapter itself if its start was not taken out of the base
   * @throws IllegalArgumentException if a module is missing in the base or has another shape, or
   *     the start cannot be found again
   */
  public static LoraAdapter over(
      Compute compute, LoraAdapter adapter, Map<String, FrozenMatrix> weights) {
    if (!isNeeded(adapter)) {
      return adapter;
    }
    requireRepeatable(adapter);
    return subtract(
        adapter, starts(compute, adapter.config(), adapter.weights().keySet(), weights));
  }

  /**
   * One module of such an adapter, as {@link #over} makes it.
   *
   * @param config of the adapter, with a start that was taken out of the base
   * @param weight of the base
   * @throws IllegalArgumentException as {@link #over}
   */
  public static LoraWeights over(
      LoraConfig config, String module, LoraWeights trained, FrozenMatrix weight) {
    float scaling = (float) config(config).scaling(module);
    return doubled(module, trained, TakenFromBase.of(config, module, weight), scaling);
  }

  /**
   * What the modules of a configuration start from, found on all threads.
   *
   * @throws IllegalArgumentException if a module is missing in the base or cannot start so
   */
  static Map<String, LoraFactors.Factors> starts(
      Compute compute,
      LoraConfig config,
      Iterable<String> modules,
      Map<String, FrozenMatrix> weights) {
    List<String> names = new ArrayList<>();
    for (String module : modules) {
      if (!weights.containsKey(module)) {
        throw new IllegalArgumentException(
            "the base model has no linear module '" + module + "' to start from");
      }
      names.add(module);
    }
    Map<String, LoraFactors.Factors> starts = new ConcurrentHashMap<>();
    compute
        .pool()
        .forEach(
            names.size(),
            i -> {
              String module = names.get(i);
              starts.put(module, TakenFromBase.of(config, module, weights.get(module)));
            });
    return starts;
  }

  /**
   * Refuses what PEFT itself cannot load again.
   *
   * @throws IllegalArgumentException with the remedy
   */
  public static void requireRepeatable(LoraAdapter adapter) {
    LoraConfig config = adapter.config();
    if (config.initLoraWeights() == LoraInit.PISSA_NITER) {
      throw new IllegalArgumentException(
          "adapter '"
              + adapter.name()
              + "': init_lora_weights = pissa_niter_"
              + config.pissaIterations()
              + " took a random part out of the base, which cannot be found again; save it in PEFT"
              + " with path_initial_model_for_weight_conversion, which makes a plain adapter");
    }
    if (config.initLoraWeights() == LoraInit.OLORA && config.fanInFanOut()) {
      throw new IllegalArgumentException(
          "adapter '"
              + adapter.name()
              + "': init_lora_weights = olora with fan_in_fan_out decomposes the transposed weight"
              + " in PEFT and is not supported");
    }
  }

  /** Twice the rank with the same scaling. */
  private static LoraConfig config(LoraConfig config) {
    double factor = config.useRslora() ? Math.sqrt(2) : 2;
    Map<String, Integer> ranks = new LinkedHashMap<>();
    config.rankPattern().forEach((key, r) -> ranks.put(key, Math.multiplyExact(2, r)));
    Map<String, Double> alphas = new LinkedHashMap<>();
    config.alphaPattern().forEach((key, alpha) -> alphas.put(key, factor * alpha));
    return config.toBuilder()
        .initLoraWeights(LoraInit.KAIMING)
        .r(Math.multiplyExact(2, config.r()))
        .loraAlpha(factor * config.loraAlpha())
        .rankPattern(ranks)
        .alphaPattern(alphas)
        .build();
  }

  private static LoraWeights doubled(
      String module, LoraWeights w, LoraFactors.Factors start, float scaling) {
    int r = w.r();
    if (start == null || !fits(start.a(), r, w.in()) || !fits(start.b(), w.out(), r)) {
      throw new IllegalArgumentException(
          "module '"
              + module
              + "' started from "
              + (start == null ? "nothing" : "A " + start.a() + ", B " + start.b())
              + ", which does not fit "
              + w);
    }
    float[] a = new float[2 * r * w.in()];
    System.arraycopy(w.a(), 0, a, 0, r * w.in());
    System.arraycopy(start.a().data(), 0, a, r * w.in(), r * w.in());
    float[] trained = w.b();
    float[] b = new float[w.out() * 2 * r];
    for (int row = 0; row < w.out(); row++) {
      System.arraycopy(trained, row * r, b, row * 2 * r, r);
      for (int k = 0; k < r; k++) {
        b[row * 2 * r + r + k] = -start.b().data()[row * r + k];
      }
    }
    return new LoraWeights(2 * r, w.in(), w.out(), a, b, scaling, w.magnitude(), w.bias());
  }

  private static boolean fits(Tensor tensor, int rows, int cols) {
    return tensor.rows() == rows && tensor.cols() == cols;
  }
}
