package io.github.lora4j.models.bert;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.models.weights.QuantizationConfig;
import java.io.IOException;

/** The fields of a {@code config.json}, with errors that name the field. */
final class ConfigFields {

  private static final JsonMapper JSON = new JsonMapper();

  private final String source;
  private final JsonNode root;

  private ConfigFields(String source, JsonNode root) {
    this.source = source;
    this.root = root;
  }

  static ConfigFields parse(String source, byte[] json) {
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

  int integer(String name) {
    JsonNode value = root.get(name);
    if (value == null || value.isNull()) {
      throw new CheckpointException(source, "has no field '" + name + "'");
    }
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw new CheckpointException(source, "'" + name + "' is " + value + ", not an integer");
    }
    return value.intValue();
  }

  int integer(String name, int fallback) {
    return root.hasNonNull(name) ? integer(name) : fallback;
  }

  double number(String name, double fallback) {
    if (!root.hasNonNull(name)) {
      return fallback;
    }
    if (!root.get(name).isNumber()) {
      throw new CheckpointException(source, "'" + name + "' is " + root.get(name) + ", no number");
    }
    return root.get(name).doubleValue();
  }

  String text(String name, String fallback) {
    return root.hasNonNull(name) ? root.get(name).asText() : fallback;
  }

  void require(String name, String value) {
    if (!text(name, "").equals(value)) {
      throw unsupported(name, value);
    }
  }

  void requireIfPresent(String name, String value) {
    if (root.hasNonNull(name)) {
      require(name, value);
    }
  }

  /** The field may be there without content, as transformers writes it. */
  void requireAbsent(String name) {
    if (root.hasNonNull(name) && !root.get(name).isEmpty()) {
      throw unsupported(name, "none");
    }
  }

  void requireSupportedQuantization() {
    QuantizationConfig.requireSupported(source, root);
  }

  CheckpointException unsupported(String name, String supported) {
    String value = root.has(name) ? root.get(name).toString() : "missing";
    return new CheckpointException(
        source, "'" + name + "' is " + value + "; supported: " + supported);
  }
}
