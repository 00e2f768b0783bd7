package io.github.lora4j.models.weights;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.LoraFactors;
import io.github.lora4j.lora.LoraInit;
import io.github.lora4j.lora.TargetModules;
import io.github.lora4j.quant.LoftQ;
import io.github.lora4j.tensor.FrozenMatrix;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Ties an adapter that LoftQ started to the quantized weights that it was started over: A and B
 * hold what these lost, which any other weights have not lost. Immutable and thread-safe.
 *
 * @param name of the base
 * @param format of its weights
 * @param weights of its linear layers, by module
 */
public record LoftQBase(String name, WeightFormat format, Map<String, FrozenMatrix> weights) {
  /** Where an adapter's extra information has the checksum of the weights. */
  private static final String CHECKSUM = "loftq_weights";

  /** Where it has their format. */
  private static final String FORMAT = "loftq_format";

  /**
   * The values from which an adapter starts; none if it does not start by LoftQ.
   *
   * @throws IllegalArgumentException if the base was not opened in a {@link LoftQFormat} of this
   *     configuration, holds a weight that was in 4 bits already, or the scaling makes the start
   *     useless
   */
  public Map<String, LoraFactors.Factors> starts(LoraConfig config) {
    if (config.initLoraWeights() != LoraInit.LOFTQ) {
      return Map.of();
    }
    boolean same = format instanceof LoftQFormat made && made.makesTheWeightsOf(config);
    if (!same) {
      throw new IllegalArgumentException(
          "LoftQ needs a base that is opened in a LoftQFormat of the same configuration, not in "
              + format.id());
    }
    Map<String, LoraFactors.Factors> starts = ((LoftQFormat) format).starts();
    for (String module : TargetModules.select(config, List.copyOf(weights.keySet()))) {
      LoftQ.requireScaling(config.scaling(module));
      if (!starts.containsKey(module)) {
        throw new IllegalArgumentException(
            "LoftQ needs the weights of "
                + name
                + " as they were before quantization, but '"
                + module
                + "' is in 4 bits already");
      }
    }
    return starts;
  }

  /** What to note of the weights with an adapter that LoftQ started. */
  public Map<String, String> record(LoraConfig config, Collection<String> modules) {
    return config.initLoraWeights() == LoraInit.LOFTQ
        ? Map.of(CHECKSUM, checksum(modules), FORMAT, format.id())
        : Map.of();
  }

  /**
   * The configuration to save. Where PEFT finds {@code loftq} it quantizes the base again while
   * loading. That is right after more than one iteration; after one the base is a plain quantized
   * one, over which PEFT trains and loads adapters with {@code true}.
   */
  public static LoraConfig saved(LoraConfig config) {
    boolean plain =
        config.initLoraWeights() == LoraInit.LOFTQ && config.loftqConfig().iterations() == 1;
    return plain ? config.toBuilder().initLoraWeights(LoraInit.KAIMING).build() : config;
  }

  /**
   * Checks that this base holds the weights that an adapter was started over.
   *
   * @throws IllegalArgumentException if it does not
   */
  public void check(LoraAdapter adapter) {
    String checksum = adapter.info().extra().get(CHECKSUM);
    if (checksum != null) {
      if (!checksum.equals(checksum(adapter.weights().keySet()))) {
        throw refused(adapter, adapter.info().extra().get(FORMAT));
      }
      return;
    }
    LoraConfig config = adapter.config();
    if (config.initLoraWeights() == LoraInit.LOFTQ) {
      // PEFT wrote it: it quantizes the base while loading, always in this way.
      String wanted = LoftQFormat.id(LoftQFormat.PEFT, config.loftqConfig().iterations());
      boolean changed = config.loftqConfig().iterations() > 1;
      boolean same =
          !changed || format instanceof LoftQFormat made && made.makesTheWeightsOf(config);
      if (!same || !wanted.equals(format.id())) {
        throw refused(adapter, wanted);
      }
    }
  }

  private String checksum(Collection<String> modules) {
    return WeightChecksum.of(weights, modules);
  }

  private IllegalArgumentException refused(LoraAdapter adapter, String wanted) {
    String actual = format.id();
    return new IllegalArgumentException(
        "adapter '"
            + adapter.name()
            + "' was started by LoftQ over frozen weights in "
            + wanted
            + " and fits no others; this base has "
            + (actual.equals(wanted) ? "other weights in " : "them in ")
            + actual);
  }
}
