package io.github.lora4j.lora;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;

/** Between the fields of PEFT's file and {@link LoraConfig}; knows what is neutral. */
final class LoraConfigFields {

  /** Fields of PEFT 0.21 that have no component here, with their neutral values. */
  private static final Map<String, Object> NEUTRAL = neutralFields();

  /** Fields that may have any value: they say nothing, or nothing without another field. */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of("auto_mapping", "megatron_core", "qalora_group_size", "runtime_config");

  private static final String PISSA_NITER = LoraInit.PISSA_NITER.value().toString();
  private static final String TOKENS = "trainable_token_indices";
  private static final String LOFTQ = "loftq_config";
  private static final String LOFTQ_BITS = "loftq_bits";
  private static final String LOFTQ_ITER = "loftq_iter";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final JsonNode root;
  private final Set<String> seen = new HashSet<>();

  LoraConfigFields(JsonNode root) {
    this.root = root;
  }

  LoraConfig toConfig() {
    JsonNode type = take("peft_type");
    if (type == null || !type.isTextual() || !type.textValue().equals("LORA")) {
      throw new IllegalArgumentException("peft_type is " + type + ", not \"LORA\"");
    }
    LoraConfigBuilder config = LoraConfig.builder();
    JsonNode start = take("init_lora_weights");
    LoraInit init = init(start);
    config
        .r(value("r", 8, JsonNode::isInt, JsonNode::intValue))
        .loraAlpha(value("lora_alpha", 8.0, JsonNode::isNumber, JsonNode::doubleValue))
        .loraDropout(value("lora_dropout", 0.0, JsonNode::isNumber, JsonNode::doubleValue))
        .targetModules(selector("target_modules"))
        .excludeModules(selector("exclude_modules"))
        .bias(string("bias", "none"))
        .useRslora(flag("use_rslora"))
        .useDora(flag("use_dora"))
        .loraBias(flag("lora_bias"))
        .modulesToSave(list("modules_to_save", JsonNode::isTextual, JsonNode::textValue))
        .rankPattern(map("rank_pattern", JsonNode::isInt, JsonNode::intValue))
        .alphaPattern(map("alpha_pattern", JsonNode::isNumber, JsonNode::doubleValue))
        .layersToTransform(list("layers_to_transform", JsonNode::isInt, JsonNode::intValue))
        .layersPattern(list("layers_pattern", JsonNode::isTextual, JsonNode::textValue))
        .fanInFanOut(flag("fan_in_fan_out"))
        .taskType(string("task_type", null))
        .baseModelNameOrPath(string("base_model_name_or_path", null))
        .inferenceMode(flag("inference_mode"))
        .revision(string("revision", null))
        .peftVersion(string("peft_version", null))
        .trainableTokens(tokens())
        .ensureWeightTying(flag("ensure_weight_tying"));
    switch (init) {
      case LOFTQ -> config.loftq(loftq());
      case PISSA_NITER -> config.pissaNiter(iterations(start));
      default -> config.initLoraWeights(init);
    }
    return config.otherFields(otherFields(init)).build();
  }

  static Map<String, Object> toFields(LoraConfig config) {
    Map<String, Object> fields = new HashMap<>(NEUTRAL);
    fields.putAll(config.otherFields());
    fields.put("peft_type", "LORA");
    fields.put("r", config.r());
    fields.put("lora_alpha", wholeOrDouble(config.loraAlpha()));
    fields.put("lora_dropout", config.loraDropout());
    fields.put("target_modules", selectorValue(config.targetModules()));
    fields.put("exclude_modules", selectorValue(config.excludeModules()));
    fields.put("bias", config.bias());
    fields.put("use_rslora", config.useRslora());
    fields.put("use_dora", config.useDora());
    fields.put("lora_bias", config.loraBias());
    fields.put("init_lora_weights", initValue(config));
    fields.put(LOFTQ, loftqValue(config.loftqConfig()));
    fields.put("modules_to_save", nullIfEmpty(config.modulesToSave()));
    fields.put("rank_pattern", config.rankPattern());
    Map<String, Object> alphas = new LinkedHashMap<>();
    config.alphaPattern().forEach((key, alpha) -> alphas.put(key, wholeOrDouble(alpha)));
    fields.put("alpha_pattern", alphas);
    fields.put("layers_to_transform", nullIfEmpty(config.layersToTransform()));
    fields.put("layers_pattern", nullIfEmpty(config.layersPattern()));
    fields.put("fan_in_fan_out", config.fanInFanOut());
    fields.put("task_type", config.taskType());
    fields.put("base_model_name_or_path", config.baseModelNameOrPath());
    fields.put("inference_mode", config.inferenceMode());
    fields.put("revision", config.revision());
    fields.put("peft_version", config.peftVersion());
    fields.put(TOKENS, tokensValue(config.trainableTokens()));
    fields.put("ensure_weight_tying", config.ensureWeightTying());
    return fields;
  }

  private static Map<String, Object> neutralFields() {
    Map<String, Object> neutral = new HashMap<>();
    for (String name :
        List.of(
            "alora_invocation_tokens",
            "arrow_config",
            "auto_mapping",
            "corda_config",
            "eva_config",
            "kasa_config",
            "layer_replication",
            "lora_ga_config",
            "megatron_config",
            "monteclora_config",
            "target_parameters",
            "use_bdlora",
            "velora_config")) {
      neutral.put(name, null);
    }
    neutral.put("use_qalora", false);
    neutral.put(LOFTQ, Map.of());
    neutral.put("megatron_core", "megatron.core");
    neutral.put("qalora_group_size", 16);
    return neutral;
  }

  /** The fields that no component took, but for PEFT's defaults; refuses one that is set. */
  private Map<String, Object> otherFields(LoraInit init) {
    Map<String, Object> others = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : root.properties()) {
      String name = field.getKey();
      JsonNode value = field.getValue();
      if (seen.contains(name)) {
        continue;
      }
      boolean falsy =
          value.isNull()
              || value.isBoolean() && !value.booleanValue()
              || value.isContainerNode() && value.isEmpty()
              || value.isTextual() && value.textValue().isEmpty()
              || value.isNumber() && value.doubleValue() == 0;
      boolean ofStart = init == LoraInit.EVA && name.equals("eva_config");
      if (!falsy && !ofStart && !WITHOUT_EFFECT.contains(name)) {
        throw unsupported(name, value);
      }
      Object plain = JSON.convertValue(value, Object.class);
      boolean peftDefault = NEUTRAL.containsKey(name) && Objects.equals(NEUTRAL.get(name), plain);
      if (!peftDefault) {
        others.put(name, plain);
      }
    }
    return others;
  }

  private static IllegalArgumentException unsupported(String name, JsonNode value) {
    return new IllegalArgumentException(name + " = " + value + " is not supported");
  }

  /** The value of a field; null if it is absent or JSON's null. */
  private JsonNode take(String name) {
    seen.add(name);
    JsonNode value = root.get(name);
    return value == null || value.isNull() ? null : value;
  }

  private boolean flag(String name) {
    return value(name, false, JsonNode::isBoolean, JsonNode::booleanValue);
  }

  private String string(String name, String fallback) {
    return value(name, fallback, JsonNode::isTextual, JsonNode::textValue);
  }

  private <T> T value(
      String name, T fallback, Function<JsonNode, Boolean> is, Function<JsonNode, T> value) {
    JsonNode node = take(name);
    return node == null ? fallback : checked(name, node, is, value);
  }

  private static <T> T checked(
      String name, JsonNode node, Function<JsonNode, Boolean> is, Function<JsonNode, T> value) {
    if (!is.apply(node)) {
      throw new IllegalArgumentException(name + " = " + node + " has the wrong type");
    }
    return value.apply(node);
  }

  /** PEFT allows a single value in the place of a list. */
  private <T> List<T> list(
      String name, Function<JsonNode, Boolean> is, Function<JsonNode, T> value) {
    JsonNode node = take(name);
    List<T> values = new ArrayList<>();
    if (node != null && node.isArray()) {
      node.forEach(element -> values.add(checked(name, element, is, value)));
    } else if (node != null) {
      values.add(checked(name, node, is, value));
    }
    return values;
  }

  private <T> Map<String, T> map(
      String name, Function<JsonNode, Boolean> is, Function<JsonNode, T> value) {
    JsonNode node = take(name);
    Map<String, T> values = new LinkedHashMap<>();
    if (node != null) {
      checked(name, node, JsonNode::isObject, Function.identity())
          .properties()
          .forEach(
              entry ->
                  values.put(
                      entry.getKey(),
                      checked(name + "." + entry.getKey(), entry.getValue(), is, value)));
    }
    return values;
  }

  private ModuleSelector selector(String name) {
    JsonNode node = root.get(name);
    if (node != null && node.isTextual()) {
      seen.add(name);
      return ModuleSelector.ofString(node.textValue());
    }
    boolean absent = take(name) == null;
    return absent
        ? null
        : new ModuleSelector.Names(list(name, JsonNode::isTextual, JsonNode::textValue));
  }

  private static Object selectorValue(ModuleSelector selector) {
    if (selector instanceof ModuleSelector.Names names) {
      return names.names();
    }
    if (selector instanceof ModuleSelector.Regex regex) {
      return regex.pattern();
    }
    return selector == null ? null : ModuleSelector.AllLinear.NAME;
  }

  private static LoraInit init(JsonNode node) {
    if (node == null || node.isBoolean()) {
      return node == null || node.booleanValue() ? LoraInit.KAIMING : LoraInit.RANDOM;
    }
    String name = node.asText().toLowerCase(Locale.ROOT);
    if (name.startsWith(PISSA_NITER)) {
      return LoraInit.PISSA_NITER;
    }
    return Arrays.stream(LoraInit.values())
        .filter(init -> init.value().equals(name))
        .findFirst()
        .orElseThrow(() -> unsupported("init_lora_weights", node));
  }

  private static int iterations(JsonNode node) {
    try {
      return Integer.parseInt(node.asText().substring(PISSA_NITER.length()));
    } catch (NumberFormatException e) {
      throw unsupported("init_lora_weights", node);
    }
  }

  private static Object initValue(LoraConfig config) {
    Object value = config.initLoraWeights().value();
    return config.pissaIterations() == null ? value : value + config.pissaIterations().toString();
  }

  /** PEFT wants the field to be there if LoftQ is chosen. */
  private LoftQConfig loftq() {
    JsonNode node = take(LOFTQ);
    if (node == null || node.isEmpty()) {
      throw new IllegalArgumentException(LOFTQ + " = " + node + " must be set for loftq");
    }
    checked(LOFTQ, node, JsonNode::isObject, Function.identity());
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      String name = field.getKey();
      if (!name.equals(LOFTQ_BITS) && !name.equals(LOFTQ_ITER)) {
        throw unsupported(LOFTQ + "." + name, field.getValue());
      }
    }
    return new LoftQConfig(
        loftq(node, LOFTQ_BITS, LoftQConfig.DEFAULT.bits()),
        loftq(node, LOFTQ_ITER, LoftQConfig.DEFAULT.iterations()));
  }

  private static int loftq(JsonNode node, String name, int fallback) {
    JsonNode value = node.get(name);
    return value == null
        ? fallback
        : checked(LOFTQ + "." + name, value, JsonNode::isInt, JsonNode::intValue);
  }

  private static Map<String, Object> loftqValue(LoftQConfig config) {
    Map<String, Object> fields = new LinkedHashMap<>();
    if (config != null) {
      fields.put(LOFTQ_BITS, config.bits());
      fields.put(LOFTQ_ITER, config.iterations());
    }
    return fields;
  }

  /** A list belongs to the token embeddings, whatever their name. */
  private Map<String, List<Integer>> tokens() {
    JsonNode node = take(TOKENS);
    if (node != null && node.isObject()) {
      Map<String, List<Integer>> tokens = new LinkedHashMap<>();
      node.properties()
          .forEach(
              entry ->
                  tokens.put(
                      entry.getKey(), integers(TOKENS + "." + entry.getKey(), entry.getValue())));
      return tokens;
    }
    boolean none = node == null || node.isContainerNode() && node.isEmpty();
    return none ? Map.of() : Map.of("", integers(TOKENS, node));
  }

  private static List<Integer> integers(String name, JsonNode node) {
    List<Integer> values = new ArrayList<>();
    checked(name, node, JsonNode::isArray, Function.identity())
        .forEach(
            element -> values.add(checked(name, element, JsonNode::isInt, JsonNode::intValue)));
    return values;
  }

  private static Object tokensValue(Map<String, List<Integer>> tokens) {
    if (tokens.isEmpty()) {
      return null;
    }
    return tokens.keySet().equals(Set.of("")) ? tokens.get("") : tokens;
  }

  private static Object nullIfEmpty(List<?> list) {
    return list.isEmpty() ? null : list;
  }

  /** PEFT's alphas are integers: 16.0 is written as 16. */
  private static Object wholeOrDouble(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15 ? (Object) (long) value : value;
  }
}
