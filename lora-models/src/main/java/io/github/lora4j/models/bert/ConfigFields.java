package io.github.lora4j.models.bert;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.compute.Activation;
import io.github.lora4j.models.weights.QuantizationConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The fields of a {@code config.json}, with errors that name the field. */
public final class ConfigFields {

  private static final JsonMapper JSON = new JsonMapper();
  private static final String SINGLE_LABEL = "single_label_classification";

  private final String source;
  private final JsonNode root;

  private ConfigFields(String source, JsonNode root) {
    this.source = source;
    this.root = root;
  }

  /**
   * Reads a {@code config.json}.
   *
   * @throws CheckpointException if it cannot be read or is no JSON object
   */
  public static ConfigFields read(Path file) {
    try {
      return parse(file.toString(), Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      throw new CheckpointException(file.toString(), "no such file", e);
    } catch (IOException e) {
      throw new CheckpointException(file.toString(), "cannot be read (" + e.getMessage() + ")", e);
    }
  }

  /** Reads the content of a {@code config.json}, called {@code source} in messages. */
  public static ConfigFields parse(String source, byte[] json) {
    try {
      JsonNode root = JSON.readTree(json);
      if (!root.isObject()) {
        throw new CheckpointException(source, "is not a JSON object");
      }
      return new ConfigFields(source, root);
    } catch (JsonProcessingException e) {
      throw new CheckpointException(
          source, "not valid JSON (" + e.getOriginalMessage().lines().findFirst().get() + ")", e);
    } catch (IOException e) {
      throw new CheckpointException(source, "cannot be read (" + e.getMessage() + ")", e);
    }
  }

  /** An integer that has to be there. */
  public int integer(String name) {
    JsonNode value = root.get(name);
    if (value == null || value.isNull()) {
      throw new CheckpointException(source, "has no field '" + name + "'");
    }
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw new CheckpointException(source, "'" + name + "' is " + value + ", not an integer");
    }
    return value.intValue();
  }

  /** An integer. */
  public int integer(String name, int fallback) {
    return root.hasNonNull(name) ? integer(name) : fallback;
  }

  /** A number. */
  public double number(String name, double fallback) {
    if (!root.hasNonNull(name)) {
      return fallback;
    }
    if (!root.get(name).isNumber()) {
      throw new CheckpointException(source, "'" + name + "' is " + root.get(name) + ", no number");
    }
    return root.get(name).doubleValue();
  }

  /** A text; of another type its JSON. */
  public String text(String name, String fallback) {
    return root.hasNonNull(name) ? root.get(name).asText() : fallback;
  }

  /** Refuses another value, and none. */
  public void require(String name, String value) {
    if (!text(name, "").equals(value)) {
      throw unsupported(name, value);
    }
  }

  /** Refuses another value. */
  public void requireIfPresent(String name, String value) {
    if (root.hasNonNull(name)) {
      require(name, value);
    }
  }

  /** The field may be there without content, as transformers writes it. */
  public void requireAbsent(String name) {
    if (root.hasNonNull(name) && !root.get(name).isEmpty()) {
      throw unsupported(name, "none");
    }
  }

  /** The activation of this field, {@code gelu} if there is none. */
  public Activation activation(String name) {
    return Activation.of(text(name, "gelu"))
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
    for (JsonNode name : root.path("architectures")) {
      classifies |= name.asText().endsWith("ForSequenceClassification");
    }
    if (!classifies || !text("problem_type", SINGLE_LABEL).equals(SINGLE_LABEL)) {
      return List.of();
    }
    JsonNode names = root.path("id2label");
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

  /** Refuses weights that are quantized in another way than bitsandbytes' 4 bits. */
  public void requireSupportedQuantization() {
    QuantizationConfig.requireSupported(source, root);
  }

  /** An error that names the field, its value and what is supported. */
  public CheckpointException unsupported(String name, String supported) {
    String value = root.has(name) ? root.get(name).toString() : "missing";
    return new CheckpointException(
        source, "'" + name + "' is " + value + "; supported: " + supported);
  }
}
