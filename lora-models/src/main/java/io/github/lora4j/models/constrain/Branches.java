package io.github.lora4j.models.constrain;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.Set;

/**
 * Whether a value can satisfy two branches of {@code oneOf}, which would make it invalid. Branches
 * are apart if their types differ, their values are listed and differ, or if they are objects that
 * both require a property whose listed values differ.
 */
final class Branches {
  private Branches() {}

  static void requireApart(JsonNode branches, SchemaReferences references, String path) {
    for (int i = 0; i < branches.size(); i++) {
      for (int j = 0; j < i; j++) {
        JsonNode a = resolved(branches.get(j), references, path + "/" + j);
        JsonNode b = resolved(branches.get(i), references, path + "/" + i);
        if (!apart(a, b, references, path)) {
          throw new JsonSchemaException(
              path, "branches " + j + " and " + i + " cannot be told apart; use anyOf");
        }
      }
    }
  }

  private static JsonNode resolved(JsonNode schema, SchemaReferences references, String path) {
    JsonNode current = schema;
    for (int i = 0; current.has("$ref"); i++) {
      if (i == 100) {
        throw new JsonSchemaException(path, "refers to itself and to nothing else");
      }
      current = references.resolve(SchemaReferences.pointer(current.get("$ref"), path));
    }
    return current;
  }

  private static boolean apart(JsonNode a, JsonNode b, SchemaReferences references, String path) {
    if (!a.isObject() || !b.isObject()) {
      return a.isBoolean() && !a.booleanValue() || b.isBoolean() && !b.booleanValue();
    }
    Set<JsonNode> valuesOfA = values(a);
    Set<JsonNode> valuesOfB = values(b);
    if (valuesOfA != null && valuesOfB != null) {
      return valuesOfA.stream().noneMatch(valuesOfB::contains);
    }
    Set<String> typesOfA = types(a, path);
    Set<String> typesOfB = types(b, path);
    if (typesOfA == null || typesOfB == null) {
      return false;
    }
    Set<String> both = new HashSet<>(typesOfA);
    both.retainAll(typesOfB);
    if (both.isEmpty()) {
      return true;
    }
    return both.equals(Set.of("object")) && tagsDiffer(a, b, references, path);
  }

  private static boolean tagsDiffer(
      JsonNode a, JsonNode b, SchemaReferences references, String path) {
    for (JsonNode name : a.path("required")) {
      String tag = name.asText();
      boolean inBoth = false;
      for (JsonNode other : b.path("required")) {
        inBoth |= other.asText().equals(tag);
      }
      JsonNode tagOfA = a.path("properties").path(tag);
      JsonNode tagOfB = b.path("properties").path(tag);
      if (inBoth && tagOfA.isObject() && tagOfB.isObject()) {
        Set<JsonNode> valuesOfA = values(resolved(tagOfA, references, path));
        Set<JsonNode> valuesOfB = values(resolved(tagOfB, references, path));
        if (valuesOfA != null
            && valuesOfB != null
            && valuesOfA.stream().noneMatch(valuesOfB::contains)) {
          return true;
        }
      }
    }
    return false;
  }

  /** The listed values, or null; numbers, of which 1 equals 1.0, are not compared. */
  private static Set<JsonNode> values(JsonNode schema) {
    Set<JsonNode> values = new HashSet<>();
    if (schema.has("const")) {
      values.add(schema.get("const"));
    } else if (schema.has("enum")) {
      schema.get("enum").forEach(values::add);
    } else {
      return null;
    }
    boolean plain = values.stream().allMatch(v -> v.isTextual() || v.isBoolean() || v.isNull());
    return plain ? values : null;
  }

  /** The types of a branch, integers as numbers, or null if they are not known. */
  private static Set<String> types(JsonNode schema, String path) {
    Set<JsonNode> values = values(schema);
    Set<String> types = new HashSet<>();
    if (values != null) {
      values.forEach(v -> types.add(v.isTextual() ? "string" : v.isBoolean() ? "boolean" : "null"));
      return types;
    }
    if (schema.has("anyOf") || schema.has("oneOf") || !schema.has("type")) {
      return null;
    }
    SchemaValues.types(schema, path)
        .forEach(type -> types.add(type.equals("integer") ? "number" : type));
    return types;
  }
}
