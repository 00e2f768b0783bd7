package io.github.lora4j.lora;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A LoRA configuration with the fields, the meaning and the defaults of PEFT 0.21's {@code
 * LoraConfig}; {@link LoraConfigJson} reads and writes it under PEFT's names. Immutable. Lists that
 * PEFT may have as null are empty here; strings and selectors that PEFT may have as null are null.
 *
 * @param r rank of the update, at least 1
 * @param loraAlpha numerator of the scaling, finite
 * @param loraDropout probability with which an input of A is dropped in training, in [0, 1)
 * @param targetModules which modules get A and B; null where PEFT would choose by architecture
 * @param excludeModules modules that get none although targeted, or null
 * @param bias which biases of the base were trained: {@code none}, {@code all}, or {@code
 *     lora_only} for those of adapted layers; only {@code none} can be trained here
 * @param useRslora whether the scaling divides by the square root of r
 * @param useDora DoRA: whether the length of each row of a weight is learned by itself
 * @param loraBias whether B has a bias; not together with DoRA
 * @param initLoraWeights how A and B start
 * @param loftqConfig settings of {@link LoraInit#LOFTQ}, null for every other start
 * @param pissaIterations iterations of {@link LoraInit#PISSA_NITER}, at least 1; null for every
 *     other start
 * @param modulesToSave modules that are trained and saved whole, such as {@code classifier}
 * @param rankPattern ranks that differ from r, by name or expression, in order of precedence
 * @param alphaPattern alphas that differ from loraAlpha, likewise
 * @param layersToTransform indexes of the layers to target, all if empty; for names only
 * @param layersPattern names of the list that holds the layers; any if empty
 * @param fanInFanOut whether PEFT holds base weights transposed, as of GPT-2; changes nothing here
 * @param taskType such as {@code SEQ_CLS} or {@code CAUSAL_LM}, or null
 * @param baseModelNameOrPath the model that the adapter belongs to, or null
 * @param inferenceMode whether the adapter is frozen, as PEFT writes it
 * @param revision revision of the base model, or null
 * @param peftVersion version of PEFT that wrote the file, or null
 * @param trainableTokens tokens whose rows are trained, by name of the embeddings or output layer
 *     or the end of it; the empty name is that of the token embeddings
 * @param ensureWeightTying whether what is trained of the token embeddings is that of an output
 *     layer with the same weight too; otherwise each has its own
 * @param otherFields fields of PEFT's file that are neutral here, kept for writing: values are
 *     null, booleans, numbers, strings, lists and maps
 */
public record LoraConfig(
    int r,
    double loraAlpha,
    double loraDropout,
    ModuleSelector targetModules,
    ModuleSelector excludeModules,
    String bias,
    boolean useRslora,
    boolean useDora,
    boolean loraBias,
    LoraInit initLoraWeights,
    LoftQConfig loftqConfig,
    Integer pissaIterations,
    List<String> modulesToSave,
    Map<String, Integer> rankPattern,
    Map<String, Double> alphaPattern,
    List<Integer> layersToTransform,
    List<String> layersPattern,
    boolean fanInFanOut,
    String taskType,
    String baseModelNameOrPath,
    boolean inferenceMode,
    String revision,
    String peftVersion,
    Map<String, List<Integer>> trainableTokens,
    boolean ensureWeightTying,
    Map<String, Object> otherFields) {

  /** PEFT's name of sequence classification. */
  public static final String SEQ_CLS = "SEQ_CLS";

  /** What {@code bias} can be. */
  private static final List<String> BIASES = List.of("none", "all", "lora_only");

  /** PEFT's name of text generation. */
  public static final String CAUSAL_LM = "CAUSAL_LM";

  /**
   * Copies the collections and checks every value.
   *
   * @throws IllegalArgumentException naming the field, in PEFT's spelling, and its value
   */
  public LoraConfig {
    modulesToSave = List.copyOf(modulesToSave);
    rankPattern = ordered(rankPattern);
    alphaPattern = ordered(alphaPattern);
    layersToTransform = List.copyOf(layersToTransform);
    layersPattern = List.copyOf(layersPattern);
    trainableTokens = tokens(trainableTokens);
    otherFields = ordered(otherFields);
    require(r >= 1, "r", r, "must be at least 1");
    require(Double.isFinite(loraAlpha), "lora_alpha", loraAlpha, "must be finite");
    require(loraDropout >= 0 && loraDropout < 1, "lora_dropout", loraDropout, "must be in [0, 1)");
    require(BIASES.contains(bias), "bias", bias, "is none of " + BIASES);
    require(!(loraBias && useDora), "lora_bias", loraBias, "does not go with use_dora");
    require(initLoraWeights != null, "init_lora_weights", null, "must be set");
    require(
        (initLoraWeights == LoraInit.LOFTQ) == (loftqConfig != null),
        "loftq_config",
        loftqConfig,
        "belongs to init_lora_weights loftq");
    require(
        (initLoraWeights == LoraInit.PISSA_NITER)
            == (pissaIterations != null && pissaIterations >= 1),
        "the number of iterations",
        pissaIterations,
        "belongs to init_lora_weights pissa_niter_N and is at least 1");
    require(
        !(loraBias && initLoraWeights.takesFromBase()),
        "lora_bias",
        loraBias,
        "does not go with init_lora_weights " + initLoraWeights.value());
    require(
        !(excludeModules instanceof ModuleSelector.AllLinear),
        "exclude_modules",
        ModuleSelector.AllLinear.NAME,
        "must be names or an expression");
    rankPattern.forEach(
        (key, rank) -> {
          require(rank >= 1, "rank_pattern." + key, rank, "must be at least 1");
          PythonRegex.compile(key);
        });
    alphaPattern.forEach(
        (key, alpha) -> {
          require(Double.isFinite(alpha), "alpha_pattern." + key, alpha, "must be finite");
          PythonRegex.compile(key);
        });
    for (String pattern : layersPattern) {
      PythonRegex.compile(pattern);
    }
    boolean byString = targetModules != null && !(targetModules instanceof ModuleSelector.Names);
    require(
        !byString || layersToTransform.isEmpty() && layersPattern.isEmpty(),
        "layers_to_transform",
        layersToTransform,
        "and layers_pattern need target_modules to be a list of names");
    require(
        layersPattern.isEmpty() || !layersToTransform.isEmpty(),
        "layers_pattern",
        layersPattern,
        "needs layers_to_transform");
  }

  /** A builder with PEFT's defaults. */
  public static LoraConfigBuilder builder() {
    return new LoraConfigBuilder();
  }

  /** A builder that starts from this configuration. */
  public LoraConfigBuilder toBuilder() {
    return new LoraConfigBuilder(this);
  }

  /** The rank for a module: {@code rank_pattern} where it has a key for it, else r. */
  public int rank(String module) {
    return PatternKeys.lookUp(rankPattern, module, r);
  }

  /** The tokens of a module whose rows are trained, by its name in PEFT's files; perhaps none. */
  public List<Integer> trainableTokens(String module) {
    return trainableTokens.entrySet().stream()
        .filter(entry -> module.endsWith(entry.getKey()))
        .findFirst()
        .map(Map.Entry::getValue)
        .orElse(List.of());
  }

  /**
   * What BAx is multiplied by for a module: alpha / r, or alpha / sqrt(r) with rank-stabilized
   * LoRA, where both may come from a pattern.
   */
  public double scaling(String module) {
    double alpha = PatternKeys.lookUp(alphaPattern, module, loraAlpha);
    int rank = rank(module);
    return useRslora ? alpha / Math.sqrt(rank) : alpha / rank;
  }

  private static Map<String, List<Integer>> tokens(Map<String, List<Integer>> map) {
    Map<String, List<Integer>> copy = new LinkedHashMap<>();
    map.forEach(
        (module, tokens) -> {
          String field = "trainable_token_indices" + (module.isEmpty() ? "" : "." + module);
          require(!tokens.isEmpty(), field, tokens, "is empty");
          require(tokens.stream().allMatch(t -> t >= 0), field, tokens, "has one below 0");
          require(Set.copyOf(tokens).size() == tokens.size(), field, tokens, "has one twice");
          copy.put(module, List.copyOf(tokens));
        });
    return Collections.unmodifiableMap(copy);
  }

  private static <V> Map<String, V> ordered(Map<String, V> map) {
    return Collections.unmodifiableMap(new LinkedHashMap<>(map));
  }

  private static void require(boolean holds, String field, Object value, String problem) {
    if (!holds) {
      throw new IllegalArgumentException(field + " = " + value + " " + problem);
    }
  }
}
