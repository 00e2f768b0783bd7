package io.github.lora4j.models.constrain;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Random;

/** Random schemas of everything that is supported. */
final class RandomSchemas {
  private static final List<String> NAMES =
      List.of("a", "ab", "name", "sentiment", "x y", "é", "q\"uote", "", "😀", "aspects");

  private final Random random;
  private final JsonNodeFactory json = JsonNodeFactory.instance;

  RandomSchemas(long seed) {
    random = new Random(seed);
  }

  /** A schema, now and then with a definition that refers to itself. */
  ObjectNode next() {
    ObjectNode root = schema(3, true);
    ObjectNode tree = json.objectNode();
    tree.put("type", "object");
    ObjectNode properties = tree.putObject("properties");
    properties.set("v", schema(1, false));
    properties
        .putObject("kids")
        .put("type", "array")
        .putObject("items")
        .put("$ref", "#/$defs/tree");
    tree.putArray("required").add("v");
    root.putObject("$defs").set("tree", tree);
    return root;
  }

  private ObjectNode schema(int depth, boolean references) {
    ObjectNode node = json.objectNode();
    switch (random.nextInt(depth > 0 ? 13 : 8)) {
      case 0 -> node.put("type", random.nextBoolean() ? "boolean" : "null");
      case 1 -> node.put("type", "number");
      case 2 -> {
        node.put("type", "integer");
        if (random.nextBoolean()) {
          int least = random.nextInt(30) - 15;
          node.put("minimum", least);
          node.put(
              random.nextBoolean() ? "maximum" : "exclusiveMaximum",
              least + 1 + random.nextInt(30));
        }
      }
      case 3 -> string(node);
      case 4 -> {
        ArrayNode values = node.putArray("enum");
        for (int n = 1 + random.nextInt(4); n > 0; n--) {
          value(values);
        }
      }
      case 5 -> node.put("const", NAMES.get(random.nextInt(NAMES.size())));
      case 6 -> {
        node.putArray("type").add("string").add("null").add("integer");
      }
      case 7 -> {
        if (references) {
          node.put("$ref", "#/$defs/tree");
        } else {
          string(node);
        }
      }
      case 8, 9 -> array(node, depth, references);
      case 10 -> {
        ArrayNode branches = node.putArray("anyOf");
        for (int n = 1 + random.nextInt(3); n > 0; n--) {
          branches.add(schema(depth - 1, references));
        }
      }
      default -> object(node, depth, references);
    }
    return node;
  }

  private void string(ObjectNode node) {
    node.put("type", "string");
    int least = random.nextInt(3) == 0 ? random.nextInt(30) : 0;
    if (least > 0) {
      node.put("minLength", least);
    }
    if (random.nextInt(3) > 0) {
      node.put("maxLength", least + random.nextInt(25));
    }
  }

  private void array(ObjectNode node, int depth, boolean references) {
    node.put("type", "array");
    int least = random.nextInt(3) == 0 ? random.nextInt(4) : 0;
    if (least > 0) {
      node.put("minItems", least);
    }
    if (random.nextBoolean()) {
      node.put("maxItems", least + random.nextInt(4));
    }
    node.set("items", schema(depth - 1, references));
  }

  private void object(ObjectNode node, int depth, boolean references) {
    node.put("type", "object");
    node.put("additionalProperties", false);
    ObjectNode properties = node.putObject("properties");
    ArrayNode required = node.putArray("required");
    for (int n = random.nextInt(5); n > 0; n--) {
      String name = NAMES.get(random.nextInt(NAMES.size()));
      if (!properties.has(name) && random.nextBoolean()) {
        required.add(name);
      }
      properties.set(name, schema(depth - 1, references));
    }
  }

  private void value(ArrayNode values) {
    switch (random.nextInt(6)) {
      case 0 -> values.add(random.nextInt(200) - 100);
      case 1 -> values.add(random.nextBoolean());
      case 2 -> values.addNull();
      case 3 -> values.addObject().put("k", 1).putArray("l").add("x");
      case 4 -> values.add(1.5);
      default -> values.add(NAMES.get(random.nextInt(NAMES.size())));
    }
  }
}
