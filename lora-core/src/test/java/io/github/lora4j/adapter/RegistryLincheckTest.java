package io.github.lora4j.adapter;

import io.github.lora4j.lora.LoraConfig;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.StringGen;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Whatever threads do to a registry at the same time, the outcome is one that they would have had
 * one after the other. Lincheck makes up the scenarios, runs them in many orders, and compares.
 */
@Tag("lincheck")
class RegistryLincheckTest {

  @Test
  void manyOrdersChosenByTheModelChecker() {
    new ModelCheckingOptions()
        .iterations(40)
        .invocationsPerIteration(40)
        .actorsBefore(0)
        .actorsAfter(2)
        .threads(2)
        .actorsPerThread(2)
        .check(Operations.class);
  }

  @Test
  void manyOrdersAsThreadsFallTogether() {
    new StressOptions()
        .iterations(15)
        .invocationsPerIteration(300)
        .actorsBefore(1)
        .actorsAfter(1)
        .threads(3)
        .actorsPerThread(3)
        .check(Operations.class);
  }

  /** What threads do. A version is told by a number, that of its weights. */
  @Param(name = "adapter", gen = StringGen.class, conf = "1:ab")
  @Param(name = "alias", gen = StringGen.class, conf = "1:yz")
  @Param(name = "any", gen = StringGen.class, conf = "1:aby")
  @Param(name = "value", gen = IntGen.class, conf = "1:3")
  public static class Operations {

    /** Made beforehand: what is checked is the registry, not the checks of an adapter's numbers. */
    private static final Map<String, LoraAdapter> ADAPTERS = new HashMap<>();

    static {
      for (String name : List.of("a", "b")) {
        for (int value = 0; value <= 3; value++) {
          ADAPTERS.put(name + value, tiny(name, value));
        }
      }
    }

    private final AdapterRegistry<LoraAdapter> registry = AdapterRegistry.unbound();

    /** Makes an empty registry with one adapter and one alias. */
    public Operations() {
      registry.register(ADAPTERS.get("a0"));
      registry.activate("y", "a");
    }

    private static LoraAdapter tiny(String name, int value) {
      LoraConfig config = LoraConfig.builder().r(1).loraAlpha(1).targetModules("query").build();
      LoraWeights weights = new LoraWeights(1, 1, 1, new float[] {value}, new float[] {value}, 1);
      return new LoraAdapter(
          name, config, Map.of(TestAdapters.QUERY_0, weights), Map.of(), AdapterInfo.NONE);
    }

    private static String outcome(Runnable change) {
      try {
        change.run();
        return "done";
      } catch (UnknownAdapterException | IllegalArgumentException | IllegalStateException e) {
        return e.getClass().getSimpleName();
      }
    }

    /** The number of the version that a call gets. */
    @Operation
    public String get(@Param(name = "any") String name) {
      Object found = registry.find(name).map(BoundAdapter::form).orElse(null);
      for (Map.Entry<String, LoraAdapter> adapter : ADAPTERS.entrySet()) {
        if (adapter.getValue() == found) {
          return adapter.getKey();
        }
      }
      return "none";
    }

    /** Adds. */
    @Operation
    public String register(@Param(name = "adapter") String name, @Param(name = "value") int value) {
      return outcome(() -> registry.register(ADAPTERS.get(name + value)));
    }

    /** Replaces. */
    @Operation
    public String replace(@Param(name = "adapter") String name, @Param(name = "value") int value) {
      return outcome(() -> registry.replace(ADAPTERS.get(name + value)));
    }

    /** Unloads. */
    @Operation
    public String unload(@Param(name = "adapter") String name) {
      return outcome(() -> registry.unload(name));
    }

    /** Lets an alias lead elsewhere. */
    @Operation
    public String activate(
        @Param(name = "alias") String alias, @Param(name = "adapter") String name) {
      return outcome(() -> registry.activate(alias, name));
    }

    /** Rolls back. */
    @Operation
    public String rollBack(@Param(name = "any") String name) {
      return outcome(() -> registry.rollBack(name));
    }

    /** The names at one moment. */
    @Operation
    public String names() {
      return registry.names().toString();
    }
  }
}
