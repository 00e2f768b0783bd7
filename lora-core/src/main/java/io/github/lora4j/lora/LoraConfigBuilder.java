package io.github.lora4j.lora;

import java.util.List;
import java.util.Map;

/** Builds a {@link LoraConfig}, from PEFT's defaults or another configuration. Not thread-safe. */
public final class LoraConfigBuilder {

  private int r = 8;
  private double loraAlpha = 8;
  private double loraDropout;
  private ModuleSelector targetModules;
  private ModuleSelector excludeModules;
  private String bias = "none";
  private boolean useRslora;
  private boolean useDora;
  private boolean loraBias;
  private LoraInit initLoraWeights = LoraInit.KAIMING;
  private LoftQConfig loftqConfig;
  private Integer pissaIterations;
  private List<String> modulesToSave = List.of();
  private Map<String, Integer> rankPattern = Map.of();
  private Map<String, Double> alphaPattern = Map.of();
  private List<Integer> layersToTransform = List.of();
  private List<String> layersPattern = List.of();
  private boolean fanInFanOut;
  private String taskType;
  private String baseModelNameOrPath;
  private boolean inferenceMode;
  private String revision;
  private String peftVersion;
  private Map<String, List<Integer>> trainableTokens = Map.of();
  private boolean ensureWeightTying;
  private Map<String, Object> otherFields = Map.of();

  LoraConfigBuilder() {}

  LoraConfigBuilder(LoraConfig from) {
    r = from.r();
    loraAlpha = from.loraAlpha();
    loraDropout = from.loraDropout();
    targetModules = from.targetModules();
    excludeModules = from.excludeModules();
    bias = from.bias();
    useRslora = from.useRslora();
    useDora = from.useDora();
    loraBias = from.loraBias();
    initLoraWeights = from.initLoraWeights();
    loftqConfig = from.loftqConfig();
    pissaIterations = from.pissaIterations();
    modulesToSave = from.modulesToSave();
    rankPattern = from.rankPattern();
    alphaPattern = from.alphaPattern();
    layersToTransform = from.layersToTransform();
    layersPattern = from.layersPattern();
    fanInFanOut = from.fanInFanOut();
    taskType = from.taskType();
    baseModelNameOrPath = from.baseModelNameOrPath();
    inferenceMode = from.inferenceMode();
    revision = from.revision();
    peftVersion = from.peftVersion();
    trainableTokens = from.trainableTokens();
    ensureWeightTying = from.ensureWeightTying();
    otherFields = from.otherFields();
  }

  /** Builds and checks; see {@link LoraConfig} for the meaning of each field and for errors. */
  public LoraConfig build() {
    return new LoraConfig(
        r,
        loraAlpha,
        loraDropout,
        targetModules,
        excludeModules,
        bias,
        useRslora,
        useDora,
        loraBias,
        initLoraWeights,
        loftqConfig,
        pissaIterations,
        modulesToSave,
        rankPattern,
        alphaPattern,
        layersToTransform,
        layersPattern,
        fanInFanOut,
        taskType,
        baseModelNameOrPath,
        inferenceMode,
        revision,
        peftVersion,
        trainableTokens,
        ensureWeightTying,
        otherFields);
  }

  /** Sets the tokens whose rows are trained, by module or the end of its name, default none. */
  public LoraConfigBuilder trainableTokens(Map<String, List<Integer>> trainableTokens) {
    this.trainableTokens = trainableTokens;
    return this;
  }

  /** Sets whether tied embeddings are trained as one, default false. */
  public LoraConfigBuilder ensureWeightTying(boolean ensureWeightTying) {
    this.ensureWeightTying = ensureWeightTying;
    return this;
  }

  /** Sets the rank, default 8. */
  public LoraConfigBuilder r(int r) {
    this.r = r;
    return this;
  }

  /** Sets the alpha, default 8. */
  public LoraConfigBuilder loraAlpha(double loraAlpha) {
    this.loraAlpha = loraAlpha;
    return this;
  }

  /** Sets the dropout, default 0. */
  public LoraConfigBuilder loraDropout(double loraDropout) {
    this.loraDropout = loraDropout;
    return this;
  }

  /** Sets the modules to adapt, default null. */
  public LoraConfigBuilder targetModules(ModuleSelector targetModules) {
    this.targetModules = targetModules;
    return this;
  }

  /** Targets modules by full name or by suffix of whole segments. */
  public LoraConfigBuilder targetModules(String... names) {
    return targetModules(ModuleSelector.names(names));
  }

  /** Sets the modules to leave out, default null. */
  public LoraConfigBuilder excludeModules(ModuleSelector excludeModules) {
    this.excludeModules = excludeModules;
    return this;
  }

  /** Sets the biases to train, default {@code none}. */
  public LoraConfigBuilder bias(String bias) {
    this.bias = bias;
    return this;
  }

  /** Sets the rank-stabilized scaling, default false. */
  public LoraConfigBuilder useRslora(boolean useRslora) {
    this.useRslora = useRslora;
    return this;
  }

  /** Sets the DoRA, default false. */
  public LoraConfigBuilder useDora(boolean useDora) {
    this.useDora = useDora;
    return this;
  }

  /** Sets the bias of B, default false. */
  public LoraConfigBuilder loraBias(boolean loraBias) {
    this.loraBias = loraBias;
    return this;
  }

  /**
   * Sets the start values, default {@link LoraInit#KAIMING}. {@link LoraInit#LOFTQ} gets PEFT's
   * default settings, see {@link #loftq}; {@link LoraInit#PISSA_NITER} needs {@link #pissaNiter}.
   */
  public LoraConfigBuilder initLoraWeights(LoraInit initLoraWeights) {
    this.initLoraWeights = initLoraWeights;
    this.loftqConfig = initLoraWeights == LoraInit.LOFTQ ? LoftQConfig.DEFAULT : null;
    this.pissaIterations = null;
    return this;
  }

  /** Starts by PiSSA with so many iterations of an approximate decomposition. */
  public LoraConfigBuilder pissaNiter(int iterations) {
    initLoraWeights(LoraInit.PISSA_NITER);
    this.pissaIterations = iterations;
    return this;
  }

  /** Starts by LoftQ with these settings. */
  public LoraConfigBuilder loftq(LoftQConfig loftqConfig) {
    initLoraWeights(LoraInit.LOFTQ);
    this.loftqConfig = loftqConfig;
    return this;
  }

  /** Sets the modules trained whole, default none. */
  public LoraConfigBuilder modulesToSave(List<String> modulesToSave) {
    this.modulesToSave = modulesToSave;
    return this;
  }

  /** Sets the ranks by module, default none. */
  public LoraConfigBuilder rankPattern(Map<String, Integer> rankPattern) {
    this.rankPattern = rankPattern;
    return this;
  }

  /** Sets the alphas by module, default none. */
  public LoraConfigBuilder alphaPattern(Map<String, Double> alphaPattern) {
    this.alphaPattern = alphaPattern;
    return this;
  }

  /** Sets the layer indexes, default all. */
  public LoraConfigBuilder layersToTransform(List<Integer> layersToTransform) {
    this.layersToTransform = layersToTransform;
    return this;
  }

  /** Sets the names of the list of layers, default any. */
  public LoraConfigBuilder layersPattern(List<String> layersPattern) {
    this.layersPattern = layersPattern;
    return this;
  }

  /** Sets the transposed base weights, default false. */
  public LoraConfigBuilder fanInFanOut(boolean fanInFanOut) {
    this.fanInFanOut = fanInFanOut;
    return this;
  }

  /** Sets the task, default null. */
  public LoraConfigBuilder taskType(String taskType) {
    this.taskType = taskType;
    return this;
  }

  /** Sets the base model, default null. */
  public LoraConfigBuilder baseModelNameOrPath(String baseModelNameOrPath) {
    this.baseModelNameOrPath = baseModelNameOrPath;
    return this;
  }

  /** Sets the frozen adapter, default false. */
  public LoraConfigBuilder inferenceMode(boolean inferenceMode) {
    this.inferenceMode = inferenceMode;
    return this;
  }

  /** Sets the revision of the base model, default null. */
  public LoraConfigBuilder revision(String revision) {
    this.revision = revision;
    return this;
  }

  /** Sets the version of PEFT, default null. */
  public LoraConfigBuilder peftVersion(String peftVersion) {
    this.peftVersion = peftVersion;
    return this;
  }

  /** Sets the neutral fields to keep, default none. */
  public LoraConfigBuilder otherFields(Map<String, Object> otherFields) {
    this.otherFields = otherFields;
    return this;
  }
}
