package io.github.lora4j.models.weights;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.LoraFactors;
import io.github.lora4j.lora.LoraInit;
import io.github.lora4j.lora.TargetModules;
import io.github.lora4j.quant.FourBitMatrix;
import io.github.lora4j.quant.LoftQ;
import io.github.lora4j.quant.QuantConfig;
import io.github.lora4j.quant.QuantType;
import io.github.lora4j.quant.Quantizer;
import io.github.lora4j.tensor.FrozenMatrix;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Four bits, quantized when the model is loaded, with a LoftQ start for every module that an
 * adapter will target; see {@link LoftQ}. After one iteration the weights are those of the plain
 * quantization. After more they depend on the configuration, and only loading the model again with
 * the same one gives them again. Holds the starts of one model.
 */
public final class LoftQFormat implements WeightFormat {
  /** How PEFT's {@code loftq_init} packs. */
  public static final QuantConfig PEFT = new QuantConfig(QuantType.NF4, 64, false);

  private final Quantizer quantizer;
  private final LoraConfig config;
  private final Map<String, LoraFactors.Factors> starts = new ConcurrentHashMap<>();

  /**
   * A format for one model.
   *
   * @param config with {@link LoraInit#LOFTQ}
   * @throws IllegalArgumentException if the configuration is of another start, or if there is more
   *     than one iteration and the weights would not be those that PEFT makes when it loads such an
   *     adapter: NF4 in blocks of 64 with plain scales
   */
  public LoftQFormat(Quantizer quantizer, LoraConfig config) {
    if (config.initLoraWeights() != LoraInit.LOFTQ) {
      throw new IllegalArgumentException(
          "init_lora_weights is " + config.initLoraWeights() + ", not LOFTQ");
    }
    if (config.loftqConfig().iterations() > 1 && !quantizer.config().equals(PEFT)) {
      throw new IllegalArgumentException(
          "loftq_iter = "
              + config.loftqConfig().iterations()
              + " needs weights in "
              + FourBit.id(PEFT)
              + " (nf4, blocks of 64, no double quantization), as PEFT has them, not in "
              + FourBit.id(quantizer.config()));
    }
    this.quantizer = quantizer;
    this.config = config;
  }

  /**
   * The format in which a base must be held for adapters: the given one, unless more than one
   * iteration of LoftQ changed the weights that an adapter was trained over.
   *
   * @throws IllegalArgumentException if an adapter needs another quantization than {@code format},
   *     or two need different weights
   */
  public static WeightFormat forAdapters(WeightFormat format, List<LoraAdapter> adapters) {
    LoftQFormat found = null;
    String name = null;
    for (LoraAdapter adapter : adapters) {
      if (!changesWeights(adapter.config())) {
        continue;
      }
      if (!(format instanceof FourBit fourBit) || !fourBit.quantizer().config().equals(PEFT)) {
        throw new IllegalArgumentException(
            "adapter '"
                + adapter.name()
                + "' was started by LoftQ over weights in "
                + FourBit.id(PEFT)
                + "; open the base in nf4 without double quantization, not in "
                + format.id());
      }
      if (found == null) {
        found = new LoftQFormat(fourBit.quantizer(), adapter.config());
        name = adapter.name();
      } else if (!found.makesTheWeightsOf(adapter.config())) {
        throw new IllegalArgumentException(
            "adapters '"
                + name
                + "' and '"
                + adapter.name()
                + "' were started by LoftQ over different weights; they cannot share a base");
      }
    }
    return found == null ? format : found;
  }

  private static boolean changesWeights(LoraConfig config) {
    return config.initLoraWeights() == LoraInit.LOFTQ && config.loftqConfig().iterations() > 1;
  }

  /** Whether an adapter of this configuration is made for the weights that this format holds. */
  public boolean makesTheWeightsOf(LoraConfig other) {
    return config.loftqConfig().equals(other.loftqConfig())
        && config.r() == other.r()
        && config.rankPattern().equals(other.rankPattern())
        && Objects.equals(config.targetModules(), other.targetModules())
        && Objects.equals(config.excludeModules(), other.excludeModules())
        && config.layersToTransform().equals(other.layersToTransform())
        && config.layersPattern().equals(other.layersPattern());
  }

  /** The configuration. */
  public LoraConfig config() {
    return config;
  }

  /** A and B by module, of the model that was loaded; unscaled, as in PEFT. */
  public Map<String, LoraFactors.Factors> starts() {
    return Map.copyOf(starts);
  }

  @Override
  public String id() {
    return id(quantizer.config(), config.loftqConfig().iterations());
  }

  /** The id of weights after so many iterations. */
  public static String id(QuantConfig quantization, int iterations) {
    String plain = FourBit.id(quantization);
    return iterations == 1 ? plain : plain + "/loftq-" + iterations;
  }

  @Override
  public WeightFormat tables() {
    return STORED;
  }

  @Override
  public long bytes(int out, int in) {
    return quantizer.config().bytes(out, in);
  }

  @Override
  public FrozenMatrix store(Compute compute, String module, float[] w, int out, int in) {
    if (!TargetModules.matches(config, module)) {
      return new FourBitMatrix(compute.kernels(), quantizer.quantize(compute.pool(), w, out, in));
    }
    LoftQ.Start start;
    try {
      start =
          LoftQ.init(
              compute.pool(),
              quantizer,
              w,
              out,
              in,
              config.rank(module),
              config.loftqConfig().iterations());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(module + ": " + e.getMessage(), e);
    }
    starts.put(module, start.factors());
    return new FourBitMatrix(compute.kernels(), start.weights());
  }
}
