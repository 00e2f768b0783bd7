package io.github.lora4j.models.constrain;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Turns a JSON schema into a grammar, or says what in it is not supported. */
final class SchemaCompiler {
  /** Keywords that restrict nothing. */
  private static final Set<String> NOTES =
      Set.of(
          "$schema",
          "$id",
          "$comment",
          "$defs",
          "definitions",
          "title",
          "description",
          "default",
          "examples",
          "deprecated",
          "readOnly",
          "writeOnly");

  private static final Set<String> KNOWN =
      Set.of(
          "$ref",
          "type",
          "enum",
          "const",
          "anyOf",
          "oneOf",
          "properties",
          "required",
          "additionalProperties",
          "items",
          "minItems",
          "maxItems",
          "minLength",
          "maxLength",
          "minimum",
          "maximum",
          "exclusiveMinimum",
          "exclusiveMaximum");

  private static final int MOST = 1_000_000;

  private final SchemaReferences references;
  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, RefNode> byPointer = new LinkedHashMap<>();

  private SchemaCompiler(JsonNode root) {
    references = new SchemaReferences(root);
  }

  /** All parts of the grammar, the root first. */
  static List<Node> compile(JsonNode schema) {
    SchemaCompiler compiler = new SchemaCompiler(schema);
    return compiler.reference("#").isEmpty() ? List.of() : compiler.nodes;
  }

  /** The node of a place in the schema, each place once. */
  private List<Node> reference(String pointer) {
    RefNode known = byPointer.get(pointer);
    if (known == null) {
      known = new RefNode(pointer);
      byPointer.put(pointer, known);
      nodes.add(known);
      Node target = schema(references.resolve(pointer), pointer);
      if (target == null) {
        throw new JsonSchemaException(pointer, "is false, which nothing satisfies");
      }
      known.set(target);
    }
    return List.of(known);
  }

  /** The node of a schema, or null for false. */
  private Node schema(JsonNode schema, String path) {
    if (schema.isBoolean()) {
      if (schema.booleanValue()) {
        throw new JsonSchemaException(path, "allows any JSON; it must say a type");
      }
      return null;
    }
    if (!schema.isObject()) {
      throw new JsonSchemaException(path, "is neither an object nor true or false");
    }
    for (var names = schema.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!NOTES.contains(name) && !KNOWN.contains(name)) {
        throw new JsonSchemaException(path, "the keyword '" + name + "' is not supported");
      }
    }
    if (schema.has("$ref")) {
      alone(schema, "$ref", path);
      return reference(SchemaReferences.pointer(schema.get("$ref"), path)).get(0);
    }
    for (String keyword : List.of("anyOf", "oneOf")) {
      if (schema.has(keyword)) {
        alone(schema, keyword, path);
        return choice(schema.get(keyword), path + "/" + keyword, keyword.equals("oneOf"));
      }
    }
    if (schema.has("enum") || schema.has("const")) {
      return add(new LiteralNode(path, SchemaValues.literals(schema, path)));
    }
    return typed(schema, path);
  }

  private static void alone(JsonNode schema, String keyword, String path) {
    for (var names = schema.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!name.equals(keyword) && !NOTES.contains(name)) {
        throw new JsonSchemaException(
            path, "'" + name + "' beside '" + keyword + "' is not supported");
      }
    }
  }

  private Node choice(JsonNode branches, String path, boolean exclusive) {
    if (!branches.isArray() || branches.isEmpty()) {
      throw new JsonSchemaException(path, "is not a list of schemas");
    }
    if (exclusive) {
      Branches.requireApart(branches, references, path);
    }
    List<Node> possible = new ArrayList<>();
    for (int i = 0; i < branches.size(); i++) {
      Node branch = schema(branches.get(i), path + "/" + i);
      if (branch != null) {
        possible.add(branch);
      }
    }
    if (possible.isEmpty()) {
      throw new JsonSchemaException(path, "every branch is false, which nothing satisfies");
    }
    return add(new ChoiceNode(path, possible));
  }

  private Node typed(JsonNode schema, String path) {
    List<Node> branches = new ArrayList<>();
    for (String type : SchemaValues.types(schema, path)) {
      branches.add(add(ofType(type, schema, path)));
    }
    return branches.size() == 1 ? branches.get(0) : add(new ChoiceNode(path, branches));
  }

  private Node ofType(String type, JsonNode schema, String path) {
    return switch (type) {
      case "null" -> new LiteralNode(path, List.of("null"));
      case "boolean" -> new LiteralNode(path, List.of("true", "false"));
      case "string" -> {
        int least = count(schema, "minLength", path, 0);
        int most = count(schema, "maxLength", path, Frame.UNLIMITED);
        ordered("minLength", least, "maxLength", most, path);
        yield new StringNode(path, least, most);
      }
      case "integer", "number" -> number(type.equals("integer"), schema, path);
      case "array" -> array(schema, path);
      default -> object(schema, path);
    };
  }

  private static Node number(boolean integer, JsonNode schema, String path) {
    List<String> range = SchemaValues.range(integer, schema, path);
    return range == null ? new NumberNode(path, integer) : new LiteralNode(path, range);
  }

  private Node array(JsonNode schema, String path) {
    int least = count(schema, "minItems", path, 0);
    int most = count(schema, "maxItems", path, Frame.UNLIMITED);
    ordered("minItems", least, "maxItems", most, path);
    if (most == 0) {
      return new ArrayNode(path, null, 0, 0);
    }
    if (!schema.has("items")) {
      throw new JsonSchemaException(path, "an array must say its 'items'");
    }
    Node items = schema(schema.get("items"), path + "/items");
    if (items == null && least > 0) {
      throw new JsonSchemaException(path, "'minItems' is " + least + ", but 'items' is false");
    }
    return new ArrayNode(path, items, least, items == null ? 0 : most);
  }

  private Node object(JsonNode schema, String path) {
    JsonNode named = schema.path("properties");
    if (!named.isMissingNode() && !named.isObject()) {
      throw new JsonSchemaException(path + "/properties", "is not an object");
    }
    Set<String> required = new LinkedHashSet<>();
    if (schema.has("required") && !schema.get("required").isArray()) {
      throw new JsonSchemaException(path + "/required", "is not a list of names");
    }
    for (JsonNode name : schema.path("required")) {
      if (!name.isTextual()) {
        throw new JsonSchemaException(path + "/required", "is not a list of names");
      }
      if (!named.has(name.textValue())) {
        throw new JsonSchemaException(
            path, "requires '" + name.textValue() + "', which is not among its properties");
      }
      required.add(name.textValue());
    }
    List<ObjectNode.Property> properties = new ArrayList<>();
    for (var fields = named.fields(); fields.hasNext(); ) {
      var field = fields.next();
      String at = path + "/properties/" + field.getKey();
      Node value = schema(field.getValue(), at);
      boolean needed = required.contains(field.getKey());
      if (value != null) {
        properties.add(new ObjectNode.Property(SchemaValues.json(field.getKey()), value, needed));
      } else if (needed) {
        throw new JsonSchemaException(at, "is required, but false, which nothing satisfies");
      }
    }
    return new ObjectNode(path, properties);
  }

  private static int count(JsonNode schema, String keyword, String path, int otherwise) {
    JsonNode value = schema.get(keyword);
    if (value == null) {
      return otherwise;
    }
    double number = value.isNumber() ? value.doubleValue() : -1;
    if (number < 0 || number != Math.rint(number)) {
      throw new JsonSchemaException(path, "'" + keyword + "' is " + value + ", not a count");
    }
    if (number > MOST) {
      // Beyond every output: a lower bound cannot be reached, an upper one says nothing.
      return keyword.startsWith("max") ? Frame.UNLIMITED : tooMuch(keyword, value, path);
    }
    return (int) number;
  }

  private static int tooMuch(String keyword, JsonNode value, String path) {
    throw new JsonSchemaException(path, "'" + keyword + "' is " + value + ", more than " + MOST);
  }

  private static void ordered(String low, int least, String high, int most, String path) {
    if (least > most) {
      throw new JsonSchemaException(
          path, "'" + low + "' is " + least + ", '" + high + "' is " + most);
    }
  }

  private Node add(Node node) {
    nodes.add(node);
    return node;
  }
}
