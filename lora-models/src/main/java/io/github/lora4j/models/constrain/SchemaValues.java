package io.github.lora4j.models.constrain;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What a schema says by listing: types, values, ranges. */
final class SchemaValues {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<String> TYPES =
      Set.of("null", "boolean", "string", "integer", "number", "array", "object");
  private static final int LONGEST_RANGE = 1000;

  private SchemaValues() {}

  static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** The types that a schema names, or the one that its keywords are for. */
  static Set<String> types(JsonNode schema, String path) {
    JsonNode named = schema.path("type");
    Set<String> types = new LinkedHashSet<>();
    if (named.isTextual()) {
      types.add(named.textValue());
    } else if (named.isArray()) {
      named.forEach(type -> types.add(type.asText()));
    } else if (named.isMissingNode() && schema.has("properties")) {
      types.add("object");
    } else if (named.isMissingNode() && schema.has("items")) {
      types.add("array");
    }
    if (types.isEmpty()) {
      throw new JsonSchemaException(path, "does not say its type");
    }
    for (String type : types) {
      if (!TYPES.contains(type)) {
        throw new JsonSchemaException(path, "the type '" + type + "' is unknown");
      }
    }
    if (types.contains("number")) {
      types.remove("integer");
    }
    return types;
  }

  /** The values of enum and const as JSON, without those that the other keywords exclude. */
  static List<String> literals(JsonNode schema, String path) {
    for (String keyword :
        List.of(
            "properties",
            "required",
            "items",
            "minItems",
            "maxItems",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "additionalProperties")) {
      if (schema.has(keyword)) {
        throw new JsonSchemaException(
            path, "'" + keyword + "' beside 'enum' or 'const' is not supported");
      }
    }
    List<JsonNode> values = new ArrayList<>();
    if (schema.has("enum")) {
      if (!schema.get("enum").isArray()) {
        throw new JsonSchemaException(path, "'enum' is not a list");
      }
      schema.get("enum").forEach(values::add);
    }
    if (schema.has("const")) {
      if (!schema.has("enum") || values.contains(schema.get("const"))) {
        values = List.of(schema.get("const"));
      } else {
        values = List.of();
      }
    }
    Set<String> literals = new LinkedHashSet<>();
    for (JsonNode value : values) {
      if (hasType(value, schema, path) && hasLength(value, schema)) {
        literals.add(json(value));
      }
    }
    if (literals.isEmpty()) {
      throw new JsonSchemaException(path, "no value of 'enum' or 'const' is possible");
    }
    return List.copyOf(literals);
  }

  private static boolean hasType(JsonNode value, JsonNode schema, String path) {
    if (!schema.has("type")) {
      return true;
    }
    Set<String> types = types(schema, path);
    String type = value.getNodeType().name().toLowerCase(Locale.ROOT);
    return types.contains(type)
        || (types.contains("integer") && value.isNumber() && isWhole(value));
  }

  private static boolean isWhole(JsonNode number) {
    return number.decimalValue().stripTrailingZeros().scale() <= 0;
  }

  private static boolean hasLength(JsonNode value, JsonNode schema) {
    if (!value.isTextual()) {
      return true;
    }
    int length = value.textValue().codePointCount(0, value.textValue().length());
    return length >= schema.path("minLength").asInt(0)
        && length <= schema.path("maxLength").asInt(Integer.MAX_VALUE);
  }

  /** The integers between two bounds, or null if there is no bound. */
  static List<String> range(boolean integer, JsonNode schema, String path) {
    BigDecimal least = bound(schema, "minimum", "exclusiveMinimum", 1, path);
    BigDecimal most = bound(schema, "maximum", "exclusiveMaximum", -1, path);
    if (least == null && most == null) {
      return null;
    }
    if (!integer || least == null || most == null) {
      throw new JsonSchemaException(
          path, "bounds of numbers are supported for an integer with both of them only");
    }
    BigDecimal count = most.subtract(least).add(BigDecimal.ONE);
    if (count.signum() <= 0) {
      throw new JsonSchemaException(path, "no integer is within its bounds");
    }
    if (count.compareTo(BigDecimal.valueOf(LONGEST_RANGE)) > 0) {
      throw new JsonSchemaException(
          path, count.toPlainString() + " integers are in range, more than " + LONGEST_RANGE);
    }
    List<String> values = new ArrayList<>();
    for (int i = 0; i < count.intValueExact(); i++) {
      values.add(least.add(BigDecimal.valueOf(i)).toBigIntegerExact().toString());
    }
    return values;
  }

  private static BigDecimal bound(
      JsonNode schema, String inclusive, String exclusive, int inward, String path) {
    RoundingMode rounding = inward > 0 ? RoundingMode.CEILING : RoundingMode.FLOOR;
    BigDecimal bound = null;
    for (String keyword : List.of(inclusive, exclusive)) {
      JsonNode value = schema.get(keyword);
      if (value == null) {
        continue;
      }
      if (!value.isNumber() || Math.abs(value.doubleValue()) > 1e15) {
        throw new JsonSchemaException(path, "'" + keyword + "' is " + value + ", not a bound");
      }
      BigDecimal whole = value.decimalValue().setScale(0, rounding);
      if (keyword.equals(exclusive) && whole.compareTo(value.decimalValue()) == 0) {
        whole = whole.add(BigDecimal.valueOf(inward));
      }
      boolean tighter = bound == null || whole.subtract(bound).signum() == inward;
      bound = tighter ? whole : bound;
    }
    return bound;
  }
}
