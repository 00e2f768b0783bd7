package io.github.lora4j.models.config;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.compute.Activation;
import io.github.lora4j.models.weights.QuantizationConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * The fields of a {@code config.json}, with errors that name the field. It notes which fields have
 * been asked for, so that what nobody understands can be refused. For one thread.
 */
public final class ConfigFields {

  private static final String SINGLE_LABEL = "single_label_classification";

  private final String source;
  private final JsonNode root;
  private final Set<String> seen = new HashSet<>();

  private ConfigFields(String source, JsonNode root) {
    this.source = source;
    this.root = root;
  }

  /**
   * Reads a file.
   *
   * @throws CheckpointException if it cannot be read or is no JSON object
   */
  public static ConfigFields read(Path file) {
    return new ConfigFields(file.toString(), JsonFile.read(file));
  }

  /** Fields that are there already. */
  public static ConfigFields of(String source, JsonNode root) {
    return new ConfigFields(source, root);
  }

  /**
   * Reads the content of a file.
   *
   * @param source what to call it in messages
   * @throws CheckpointException if it is no JSON object
   */
  public static ConfigFields parse(String source, byte[] json) {
    return new ConfigFields(source, JsonFile.parse(source, json));
  }

  /** What the fields are called in messages. */
  public String source() {
    return source;
  }

  /** True if the field is there and not null. */
  public boolean has(String name) {
    seen.add(name);
    return root.hasNonNull(name);
  }

  /** True if the field is there and null: a default does not apply. */
  public boolean isNull(String name) {
    seen.add(name);
    return root.has(name) && root.get(name).isNull();
  }

  /** A number; 0 if the field is null, what it is otherwise if it is not there. */
  public double numberOrOff(String name, double fallback) {
    return isNull(name) ? 0 : number(name, fallback);
  }

  /** A whole number that must be there. */
  public int integer(String name) {
    seen.add(name);
    JsonNode value = root.get(name);
    if (value == null || value.isNull()) {
      throw new CheckpointException(source, "has no field '" + name + "'");
    }
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw new CheckpointException(source, "'" + name + "' is " + value + ", not an integer");
    }
    return value.intValue();
  }

  /** A whole number, or what it is if it is not there. */
  public int integer(String name, int fallback) {
    return has(name) ? integer(name) : fallback;
  }

  /** A number that must be there. */
  public double number(String name) {
    if (!has(name)) {
      throw new CheckpointException(source, "has no field '" + name + "'");
    }
    return number(name, 0);
  }

  /** A number, or what it is if it is not there. */
  public double number(String name, double fallback) {
    if (!has(name)) {
      return fallback;
    }
    if (!root.get(name).isNumber()) {
      throw new CheckpointException(source, "'" + name + "' is " + root.get(name) + ", no number");
    }
    return root.get(name).doubleValue();
  }

  /** Numbers that must be there. */
  public double[] numbers(String name) {
    JsonNode list = list(name);
    double[] values = new double[list.size()];
    for (int i = 0; i < values.length; i++) {
      if (!list.get(i).isNumber()) {
        throw new CheckpointException(
            source, "'" + name + "' holds " + list.get(i) + ", no number");
      }
      values[i] = list.get(i).doubleValue();
    }
    return values;
  }

  /** Texts that must be there. */
  public List<String> texts(String name) {
    List<String> values = new ArrayList<>();
    list(name).forEach(value -> values.add(value.asText()));
    return values;
  }

  private JsonNode list(String name) {
    if (!has(name) || !root.get(name).isArray()) {
      throw new CheckpointException(source, "'" + name + "' is " + root.get(name) + ", no list");
    }
    return root.get(name);
  }

  /** True or false, or what it is if it is not there. */
  public boolean bool(String name, boolean fallback) {
    if (!has(name)) {
      return fallback;
    }
    if (!root.get(name).isBoolean()) {
      throw new CheckpointException(
          source, "'" + name + "' is " + root.get(name) + ", neither true nor false");
    }
    return root.get(name).booleanValue();
  }

  /** The fields of a field that is an object; null if it is not there. */
  public ConfigFields object(String name) {
    if (!has(name)) {
      return null;
    }
    if (!root.get(name).isObject()) {
      throw new CheckpointException(source, "'" + name + "' is " + root.get(name) + ", no object");
    }
    return new ConfigFields(source + ", '" + name + "'", root.get(name));
  }

  /**
   * Refuses fields that nobody has asked for: they may change what the model computes. What is
   * null, false, zero or empty asks for nothing.
   *
   * @param harmless names that change nothing
   * @throws CheckpointException naming the first such field
   */
  public void requireAllSeen(Set<String> harmless) {
    for (Iterator<String> names = root.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      JsonNode value = root.get(name);
      boolean asksNothing =
          value.isNull()
              || value.isBoolean() && !value.booleanValue()
              || value.isNumber() && value.doubleValue() == 0
              || value.isContainerNode() && value.isEmpty();
      if (!asksNothing
          && !seen.contains(name)
          && !name.startsWith("_")
          && !harmless.contains(name)) {
        throw new CheckpointException(
            source,
            "'"
                + name
                + "' is "
                + value
                + ", which is not known here; if it does not change what the model computes,"
                + " take it out of the file");
      }
    }
  }

  /** A text, or what it is if it is not there. */
  public String text(String name, String fallback) {
    return has(name) ? root.get(name).asText() : fallback;
  }

  /** Refuses any other value. */
  public void require(String name, String value) {
    if (!text(name, "").equals(value)) {
      throw unsupported(name, value);
    }
  }

  /** Refuses any other value, but for none at all. */
  public void requireIfPresent(String name, String value) {
    if (has(name)) {
      require(name, value);
    }
  }

  /** The field may be there without content, as transformers writes it. */
  public void requireAbsent(String name) {
    if (has(name) && !root.get(name).isEmpty()) {
      throw unsupported(name, "none");
    }
  }

  /** The activation of this field, {@code gelu} if there is none. */
  public Activation activation(String name) {
    return activation(name, "gelu");
  }

  /** The activation of this field, or of a name if there is none. */
  public Activation activation(String name, String fallback) {
    return Activation.of(text(name, fallback))
        .orElseThrow(() -> unsupported(name, Activation.knownNames().toString()));
  }

  /** Makes a configuration, whose complaints are about this file. */
  public <C> C make(Function<ConfigFields, C> constructor) {
    try {
      return constructor.apply(this);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(source, e.getMessage(), e);
    }
  }

  /**
   * The classes of a {@code ForSequenceClassification} model, in the order of its logits: {@code
   * id2label}, or names as transformers makes them up. Empty for another model, and for one that
   * does not choose one class of several.
   *
   * @throws CheckpointException if {@code id2label} does not number its labels from 0
   */
  public List<String> headLabels() {
    boolean classifies = false;
    for (JsonNode name : node("architectures")) {
      classifies |= name.asText().endsWith("ForSequenceClassification");
    }
    if (!classifies || !text("problem_type", SINGLE_LABEL).equals(SINGLE_LABEL)) {
      return List.of();
    }
    JsonNode names = node("id2label");
    int count = names.isObject() ? names.size() : integer("num_labels", 2);
    List<String> labels = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      JsonNode name = names.path(Integer.toString(i));
      if (names.isObject() && !name.isTextual()) {
        throw new CheckpointException(source, "'id2label' has no label " + i + ": " + names);
      }
      labels.add(name.asText("LABEL_" + i));
    }
    return count < 2 ? List.of() : labels;
  }

  private JsonNode node(String name) {
    seen.add(name);
    return root.path(name);
  }

  /** Refuses quantization methods other than that of bitsandbytes. */
  public void requireSupportedQuantization() {
    seen.add("quantization_config");
    QuantizationConfig.requireSupported(source, root);
  }

  /** The error that a value is not supported. */
  public CheckpointException unsupported(String name, String supported) {
    String value = root.has(name) ? root.get(name).toString() : "missing";
    return new CheckpointException(
        source, "'" + name + "' is " + value + "; supported: " + supported);
  }
}
