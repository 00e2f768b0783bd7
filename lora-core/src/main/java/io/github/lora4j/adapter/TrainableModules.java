package io.github.lora4j.adapter;

import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.SavedModule;
import io.github.lora4j.lora.TokenRows;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is trained beside A and B: embeddings and an output layer as a whole ({@code
 * modules_to_save}), or rows of them ({@code trainable_token_indices}). All start as the base has
 * them. For one training loop at a time.
 */
final class TrainableModules {
  private final Map<String, SavedModule> modules = new LinkedHashMap<>();
  private final Map<String, TokenRows> tokens = new LinkedHashMap<>();
  private final List<Parameter> parameters = new ArrayList<>();
  private final LoraConfig config;
  private final TokenTables tables;
  private final Map<String, FrozenMatrix> weights;

  /** Nothing. */
  static TrainableModules none() {
    return new TrainableModules(null, null, Map.of());
  }

  /**
   * Those of a configuration.
   *
   * @param targets modules with A and B
   * @param weights of the base by module
   * @throws IllegalArgumentException if the configuration asks for what cannot be trained, naming
   *     the field
   */
  static TrainableModules of(
      LoraConfig config,
      TokenTables tables,
      Collection<String> targets,
      Map<String, FrozenMatrix> weights) {
    TrainableModules result = new TrainableModules(config, tables, weights);
    result.requireUntied(targets);
    if (tables.head() != null) {
      result.addModules();
    }
    result.addTokens(targets);
    return result;
  }

  private TrainableModules(
      LoraConfig config, TokenTables tables, Map<String, FrozenMatrix> weights) {
    this.config = config;
    this.tables = tables;
    this.weights = weights;
  }

  private void requireUntied(Collection<String> targets) {
    if (!config.ensureWeightTying() || !tables.tied()) {
      return;
    }
    // Only a model with an output layer is tied.
    if (targets.contains(tables.embeddings()) || targets.contains(tables.head())) {
      throw new IllegalArgumentException(
          "ensure_weight_tying = true with A and B for "
              + tables.embeddings()
              + " or "
              + tables.head()
              + " can be loaded but not trained");
    }
  }

  private void addModules() {
    List<String> possible = List.of(tables.embeddings(), tables.head());
    for (String saved : config.modulesToSave()) {
      if (possible.stream().noneMatch(module -> module.endsWith(saved))) {
        throw new IllegalArgumentException(
            "modules_to_save = " + saved + " cannot be trained, only " + possible + " can");
      }
    }
    List<String> wanted =
        possible.stream()
            .filter(module -> config.modulesToSave().stream().anyMatch(module::endsWith))
            .toList();
    boolean together = config.ensureWeightTying() && tables.tied() && !wanted.isEmpty();
    Var shared = together ? whole(tables.embeddings()) : null;
    for (String module : together ? possible : wanted) {
      modules.put(module, new SavedModule(together ? shared : whole(module), null));
    }
  }

  private Var whole(String module) {
    FrozenMatrix weight = weights.get(module);
    int[] all = new int[weight.out()];
    Arrays.setAll(all, i -> i);
    return parameter(module + SavedNames.WEIGHT, weight, all);
  }

  private Var parameter(String name, FrozenMatrix weight, int[] rows) {
    Tensor start = Tensor.zeros(rows.length, weight.in());
    for (int i = 0; i < rows.length; i++) {
      weight.decodeRow(rows[i], start.data(), i * weight.in());
    }
    Parameter parameter = new Parameter(name, start);
    parameters.add(parameter);
    return parameter;
  }

  private void addTokens(Collection<String> targets) {
    Map<String, List<Integer>> wanted = new LinkedHashMap<>();
    config.trainableTokens().forEach((key, ids) -> wanted.put(table(key), ids));
    List<Integer> ofEmbeddings = wanted.get(tables.embeddings());
    List<Integer> ofHead = wanted.get(tables.head());
    if (tables.tied() && ofEmbeddings != null && ofHead != null) {
      if (ofEmbeddings.equals(ofHead)) {
        // As in PEFT: one row counts in both.
        wanted.remove(tables.head());
      } else if (config.ensureWeightTying()) {
        throw new IllegalArgumentException(
            "ensure_weight_tying = true but trainable_token_indices differ: " + wanted);
      }
    }
    wanted.forEach(
        (module, ids) -> {
          if (targets.contains(module) || modules.containsKey(module)) {
            throw new IllegalArgumentException(
                "trainable_token_indices of "
                    + module
                    + " do not go with A and B or modules_to_save for it");
          }
          FrozenMatrix weight = weights.get(module);
          if (ids.stream().anyMatch(id -> id >= weight.out())) {
            throw new IllegalArgumentException(
                "trainable_token_indices = " + ids + " has one above " + (weight.out() - 1));
          }
          int[] rows = ids.stream().mapToInt(Integer::intValue).toArray();
          tokens.put(
              module, new TokenRows(rows, parameter(module + SavedNames.TOKENS, weight, rows)));
        });
  }

  /** A list without a name is of the embeddings. */
  private String table(String key) {
    if (tables.embeddings().endsWith(key)) {
      return tables.embeddings();
    }
    if (tables.head() != null && tables.head().endsWith(key)) {
      return tables.head();
    }
    throw new IllegalArgumentException(
        "trainable_token_indices names '"
            + key
            + "', which is neither "
            + tables.embeddings()
            + (tables.head() == null ? "" : " nor " + tables.head()));
  }

  SavedModule saved(String module) {
    return modules.get(module);
  }

  TokenRows tokenRows(String module) {
    return tokens.get(module);
  }

  List<Parameter> parameters() {
    return parameters;
  }

  /**
   * A copy of the current values, as PEFT's file has them.
   *
   * @param modulePrefix what names have before those of the base, or empty
   */
  Map<String, SavedTensor> tensors(String modulePrefix) {
    Map<String, SavedTensor> tensors = new LinkedHashMap<>();
    modules.forEach(
        (module, m) -> tensors.put(modulePrefix + module + SavedNames.WEIGHT, copy(m.weight())));
    tokens.forEach(
        (module, t) -> tensors.put(modulePrefix + module + SavedNames.TOKENS, copy(t.rows())));
    return tensors;
  }

  private static SavedTensor copy(Var value) {
    Tensor tensor = value.value();
    return new SavedTensor(List.of(tensor.rows(), tensor.cols()), tensor.toArray());
  }
}
