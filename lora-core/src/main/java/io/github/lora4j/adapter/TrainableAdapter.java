package io.github.lora4j.adapter;

import io.github.lora4j.autograd.DoraLinear;
import io.github.lora4j.autograd.LowRankEmbedding;
import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.LoraFactors;
import io.github.lora4j.lora.LowRank;
import io.github.lora4j.lora.Magnitude;
import io.github.lora4j.lora.ResidualMatrix;
import io.github.lora4j.lora.SavedModule;
import io.github.lora4j.lora.TargetModules;
import io.github.lora4j.lora.TokenRows;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An adapter in training: A and B as parameters for every targeted module of a base model. The base
 * itself has none. A start that is {@linkplain io.github.lora4j.lora.LoraInit#takesFromBase taken
 * from the base} leaves that as it is, too: what is left to train over belongs to the adapter. For
 * one training loop at a time.
 */
public final class TrainableAdapter implements ActiveAdapter {
  private final LoraConfig config;
  private final Map<String, LowRank> updates = new LinkedHashMap<>();
  private final List<Parameter> parameters = new ArrayList<>();
  private final TrainableModules whole;
  private final TrainableBiases biases;

  /** What was taken from the base, by module; empty if nothing was. */
  private final Map<String, LoraFactors.Factors> taken;

  /**
   * What is needed of the base to find where the magnitudes of DoRA start, and A and B of PiSSA and
   * OLoRA.
   *
   * @param compute computes it
   * @param weights the frozen weights by module
   * @param tables of tokens, which may be trained as a whole or by rows; null if neither can be
   * @param biases of linear modules and norms by module, which may be trained
   */
  public record Base(
      Compute compute,
      Map<String, FrozenMatrix> weights,
      TokenTables tables,
      Map<String, float[]> biases) {
    /** A base of which updates alone are trained. */
    public Base(Compute compute, Map<String, FrozenMatrix> weights) {
      this(compute, weights, null, Map.of());
    }
  }

  /**
   * A new adapter, neutral at first with the default initialisation.
   *
   * @param modules the linear modules and embeddings of the base model
   * @param seed decides the initial values, of each module by its name
   * @throws IllegalArgumentException if no module is targeted or a rank does not fit
   */
  public TrainableAdapter(LoraConfig config, Map<String, ModuleShape> modules, long seed) {
    this(config, modules, seed, Map.of(), null);
  }

  /**
   * A new adapter, some modules of which start from given values, such as those of LoftQ.
   *
   * @param starts by module, copied; the others start as the configuration says
   * @throws IllegalArgumentException as the constructor with a base
   */
  public TrainableAdapter(
      LoraConfig config,
      Map<String, ModuleShape> modules,
      long seed,
      Map<String, LoraFactors.Factors> starts) {
    this(config, modules, seed, starts, null);
  }

  /**
   * The same, over the weights of the base.
   *
   * @param starts by module, copied; the others start as the configuration says
   * @param base its weights, or null, which DoRA, PiSSA and OLoRA do not allow
   * @throws IllegalArgumentException if no module is targeted, a rank does not fit, a start is of
   *     another shape, or there is no base where one is needed
   */
  public TrainableAdapter(
      LoraConfig config,
      Map<String, ModuleShape> modules,
      long seed,
      Map<String, LoraFactors.Factors> starts,
      Base base) {
    this.config = config;
    if (config.useDora() && base == null) {
      throw new IllegalArgumentException("use_dora = true needs the weights of the base");
    }
    List<String> targets = targets(config, modules);
    requireEmbeddings(targets.stream().filter(m -> modules.get(m).embedding()).toList());
    this.taken = taken(config, targets, base);
    for (String module : targets) {
      ModuleShape shape = modules.get(module);
      int r = config.rank(module);
      LoraFactors.Factors given = taken.getOrDefault(module, starts.get(module));
      LoraFactors.Factors start =
          given != null
              ? copy(given, r, shape, module)
              : shape.embedding()
                  ? LoraFactors.ofEmbedding(
                      config.initLoraWeights(),
                      r,
                      shape.in(),
                      shape.out(),
                      seed * 0x9E3779B97F4A7C15L + module.hashCode(),
                      module)
                  : LoraFactors.init(
                      config.initLoraWeights(),
                      r,
                      shape.in(),
                      shape.out(),
                      seed * 0x9E3779B97F4A7C15L + module.hashCode(),
                      module);
      boolean table = shape.embedding();
      Parameter a =
          new Parameter(module + (table ? PeftTensors.EMBEDDING_A : PeftTensors.A), start.a());
      Parameter b =
          new Parameter(module + (table ? PeftTensors.EMBEDDING_B : PeftTensors.B), start.b());
      parameters.add(a);
      parameters.add(b);
      float scaling = (float) config.scaling(module);
      Magnitude magnitude = null;
      Parameter bias = null;
      FrozenMatrix residual = null;
      if (taken.containsKey(module)) {
        FrozenMatrix weight = base.weights().get(module);
        residual = ResidualMatrix.of(base.compute(), weight, start, scaling);
      }
      if (config.useDora()) {
        FrozenMatrix under = residual == null ? base.weights().get(module) : residual;
        Parameter vector =
            table
                ? columns(base.compute(), under, module, start, scaling)
                : magnitude(base.compute(), under, module, start, scaling);
        parameters.add(vector);
        magnitude = new Magnitude(vector);
      }
      if (config.loraBias()) {
        bias = new Parameter(module + ".lora_B.bias", Tensor.zeros(shape.out()));
        parameters.add(bias);
      }
      updates.put(
          module,
          new LowRank(a, b, scaling, table ? 0 : config.loraDropout(), magnitude, bias, residual));
    }
    this.whole =
        base == null || base.tables() == null
            ? TrainableModules.none()
            : TrainableModules.of(config, base.tables(), targets, base.weights());
    this.biases = new TrainableBiases(config, base == null ? Map.of() : base.biases(), targets);
    parameters.addAll(whole.parameters());
    parameters.addAll(biases.parameters());
  }

  /**
   * The modules that an adapter is made for, linear ones first.
   *
   * @param modules the linear modules and embeddings of the base model
   * @throws IllegalArgumentException if no module is targeted
   */
  public static List<String> targets(LoraConfig config, Map<String, ModuleShape> modules) {
    return TargetModules.selectWithEmbeddings(config, names(modules, false), names(modules, true));
  }

  private static List<String> names(Map<String, ModuleShape> modules, boolean embeddings) {
    return modules.keySet().stream().filter(m -> modules.get(m).embedding() == embeddings).toList();
  }

  private void requireEmbeddings(List<String> embeddings) {
    boolean plain = !config.loraBias() && !config.initLoraWeights().takesFromBase();
    if (!plain && !embeddings.isEmpty()) {
      throw new IllegalArgumentException(
          (config.loraBias()
                  ? "lora_bias = true"
                  : "init_lora_weights = " + config.initLoraWeights().value())
              + " does not go with embeddings, "
              + embeddings);
    }
  }

  private static Map<String, LoraFactors.Factors> taken(
      LoraConfig config, List<String> modules, Base base) {
    if (!config.initLoraWeights().takesFromBase()) {
      return Map.of();
    }
    if (base == null) {
      throw new IllegalArgumentException(
          "init_lora_weights = "
              + config.initLoraWeights().value()
              + " needs the weights of the base");
    }
    return PlainForm.starts(base.compute(), config, modules, base.weights());
  }

  /** The lengths of the rows as they are, so that DoRA changes nothing at first. */
  private static Parameter magnitude(
      Compute compute,
      FrozenMatrix under,
      String module,
      LoraFactors.Factors start,
      float scaling) {
    float[] norms = DoraLinear.norms(compute, under, start.a(), start.b(), scaling);
    return new Parameter(module + ".lora_magnitude_vector", Tensor.of(norms, norms.length));
  }

  /** The same of an embedding, whose features are the columns. */
  private static Parameter columns(
      Compute compute,
      FrozenMatrix table,
      String module,
      LoraFactors.Factors start,
      float scaling) {
    float[] norms = LowRankEmbedding.norms(compute, table, start.a(), start.b(), scaling);
    return new Parameter(module + PeftTensors.MAGNITUDE, Tensor.of(norms, norms.length));
  }

  private static LoraFactors.Factors copy(
      LoraFactors.Factors given, int r, ModuleShape shape, String module) {
    Tensor a = given.a();
    Tensor b = given.b();
    if (a.rows() != r || a.cols() != shape.in() || b.rows() != shape.out() || b.cols() != r) {
      throw new IllegalArgumentException(
          "the start of " + module + " is A " + a + ", B " + b + ", which does not fit r = " + r);
    }
    return new LoraFactors.Factors(a.copy(), b.copy());
  }

  @Override
  public LowRank lowRank(String module) {
    return updates.get(module);
  }

  @Override
  public Var bias(String module) {
    return biases.get(module);
  }

  @Override
  public SavedModule saved(String module) {
    return whole.saved(module);
  }

  @Override
  public TokenRows tokenRows(String module) {
    return whole.tokenRows(module);
  }

  /**
   * A copy of the modules and rows that are trained whole, as PEFT's file has them.
   *
   * @param modulePrefix what names have before those of the base, or empty
   */
  public Map<String, SavedTensor> savedTensors(String modulePrefix) {
    return whole.tensors(modulePrefix);
  }

  /** The configuration. */
  public LoraConfig config() {
    return config;
  }

  /** The targeted modules. */
  public Set<String> modules() {
    return Collections.unmodifiableSet(updates.keySet());
  }

  /** Everything trained: A and B of every targeted module, its magnitude, and biases. */
  public List<Parameter> parameters() {
    return List.copyOf(parameters);
  }

  /**
   * The adapter as it is now, for the base as it is: with what a start took from the base
   * {@linkplain PlainForm subtracted}. Whatever else started it, the weights are copies of the
   * current values.
   *
   * @param saved the configuration to save; of {@link #config} if nothing was taken
   * @param savedTensors tensors of the modules to save
   */
  public LoraAdapter snapshot(
      String name, LoraConfig saved, Map<String, SavedTensor> savedTensors, AdapterInfo info) {
    return PlainForm.subtract(
        new LoraAdapter(name, saved, weights(), savedTensors, biases.tensors(), info), taken);
  }

  /** A copy of the current values of A and B, and of the magnitudes and biases. */
  public Map<String, LoraWeights> weights() {
    Map<String, LoraWeights> weights = new LinkedHashMap<>();
    updates.forEach(
        (module, update) ->
            weights.put(
                module,
                new LoraWeights(
                    update.a().value().rows(),
                    update.a().value().cols(),
                    update.b().value().rows(),
                    update.a().value().toArray(),
                    update.b().value().toArray(),
                    update.scaling(),
                    update.magnitude() == null
                        ? null
                        : update.magnitude().vector().value().toArray(),
                    update.bias() == null ? null : update.bias().value().toArray(),
                    update.a() instanceof Parameter a
                        && a.name().endsWith(PeftTensors.EMBEDDING_A))));
    return weights;
  }
}
