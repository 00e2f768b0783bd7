package io.github.lora4j.adapter;

import io.github.lora4j.autograd.Var;
import io.github.lora4j.lora.SavedModule;
import io.github.lora4j.lora.TokenRows;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.RowMajorMatrix;
import io.github.lora4j.tensor.Tensor;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * The tensors that an adapter has whole, beside its updates, by the module whose they are, in the
 * form that a model runs. Immutable.
 *
 * @param modules what takes the place of modules
 * @param tokens rows that some tokens have instead
 * @param bases weights under updates where they are not those of the base
 */
public record WholeModules(
    Map<String, SavedModule> modules,
    Map<String, TokenRows> tokens,
    Map<String, FrozenMatrix> bases) {
  /** Updates are all that there is. */
  public static final WholeModules NONE = new WholeModules(Map.of(), Map.of(), Map.of());

  /** Copies the maps. */
  public WholeModules {
    modules = Map.copyOf(modules);
    tokens = Map.copyOf(tokens);
    bases = Map.copyOf(bases);
  }

  /** All of an adapter, by the names that it has, unchecked. */
  static WholeModules of(LoraAdapter adapter) {
    Builder builder = new Builder(adapter, "");
    adapter.savedTensors().forEach(builder::add);
    return builder.build();
  }

  /**
   * What a model of these shapes can take, checked.
   *
   * @param modulePrefix what the adapter's file may have before the names of the model, or empty
   * @param shapes of the tensors that can be replaced, by name in the model
   * @param others names in the adapter's file that somebody else takes, such as a classifier's head
   * @throws IllegalArgumentException if a tensor is not among them, has another shape, or is for
   *     tokens that the model does not have
   */
  public static WholeModules of(
      LoraAdapter adapter,
      String modulePrefix,
      Map<String, List<Integer>> shapes,
      Predicate<String> others) {
    Builder builder = new Builder(adapter, modulePrefix);
    for (Map.Entry<String, SavedTensor> entry : adapter.savedTensors().entrySet()) {
      String name = entry.getKey();
      if (!others.test(name)) {
        builder.require(name, entry.getValue(), shapes);
        builder.add(name, entry.getValue());
      }
    }
    return builder.build();
  }

  private static final class Builder {
    private final LoraAdapter adapter;
    private final String prefix;
    private final Map<String, Var> weights = new LinkedHashMap<>();
    private final Map<String, Var> biases = new LinkedHashMap<>();
    private final Map<String, TokenRows> tokens = new HashMap<>();
    private final Map<String, FrozenMatrix> bases = new HashMap<>();

    Builder(LoraAdapter adapter, String prefix) {
      this.adapter = adapter;
      this.prefix = prefix;
    }

    void require(String name, SavedTensor tensor, Map<String, List<Integer>> shapes) {
      String who = "adapter '" + adapter.name() + "'";
      String end = name.endsWith(SavedNames.TOKENS) ? SavedNames.TOKENS : "";
      end = name.endsWith(SavedNames.BASE_WEIGHT) ? SavedNames.BASE_WEIGHT : end;
      String inner = end.isEmpty() ? inner(name) : module(name, end) + SavedNames.WEIGHT;
      List<Integer> shape = shapes.get(inner);
      if (shape == null) {
        throw new IllegalArgumentException(
            who
                + " replaces '"
                + name
                + "', which is not supported for this base model; supported are "
                + String.join(", ", new TreeSet<>(shapes.keySet())));
      }
      if (end.equals(SavedNames.TOKENS)) {
        List<Integer> ids = adapter.config().trainableTokens(SavedNames.module(name, end));
        int entries = shape.get(0);
        List<Integer> beyond = ids.stream().filter(id -> id >= entries).toList();
        if (!beyond.isEmpty()) {
          throw new IllegalArgumentException(
              who + " is for the tokens " + beyond + ", the base model has " + entries);
        }
        shape = List.of(ids.size(), shape.get(1));
      }
      if (!tensor.shape().equals(shape)) {
        throw new IllegalArgumentException(
            who + ": '" + name + "' is " + tensor.shape() + ", expected " + shape);
      }
    }

    void add(String name, SavedTensor saved) {
      int[] shape = saved.shape().stream().mapToInt(Integer::intValue).toArray();
      Tensor values = Tensor.of(saved.values(), shape);
      if (name.endsWith(SavedNames.TOKENS)) {
        List<Integer> ids =
            adapter.config().trainableTokens(SavedNames.module(name, SavedNames.TOKENS));
        int[] rows = ids.stream().mapToInt(Integer::intValue).toArray();
        tokens.put(module(name, SavedNames.TOKENS), new TokenRows(rows, Var.constant(values)));
      } else if (name.endsWith(SavedNames.BASE_WEIGHT)) {
        bases.put(module(name, SavedNames.BASE_WEIGHT), new RowMajorMatrix(values));
      } else if (name.endsWith(SavedNames.WEIGHT)) {
        weights.put(module(name, SavedNames.WEIGHT), Var.constant(values));
      } else if (name.endsWith(SavedNames.BIAS)) {
        biases.put(module(name, SavedNames.BIAS), Var.constant(values));
      }
    }

    private String module(String name, String end) {
      return inner(SavedNames.module(name, end));
    }

    private String inner(String name) {
      return name.startsWith(prefix) ? name.substring(prefix.length()) : name;
    }

    WholeModules build() {
      Map<String, SavedModule> modules = new HashMap<>();
      weights.forEach((name, w) -> modules.put(name, new SavedModule(w, biases.get(name))));
      biases.forEach((name, b) -> modules.putIfAbsent(name, new SavedModule(null, b)));
      return new WholeModules(modules, tokens, bases);
    }
  }
}
