package io.github.lora4j.models.constrain;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/** The places in a schema that {@code $ref} names. */
final class SchemaReferences {
  private final JsonNode root;

  SchemaReferences(JsonNode root) {
    this.root = root;
  }

  /** The pointer of a {@code $ref} within the schema. */
  static String pointer(JsonNode reference, String path) {
    if (!reference.isTextual()
        || !(reference.textValue().equals("#") || reference.textValue().startsWith("#/"))) {
      throw new JsonSchemaException(
          path, "$ref is " + reference + "; supported are places in the schema, #/...");
    }
    return reference.textValue();
  }

  JsonNode resolve(String pointer) {
    JsonNode found;
    try {
      String path = pointer.substring(1).replace("+", "%2B");
      found = root.at(JsonPointer.compile(URLDecoder.decode(path, StandardCharsets.UTF_8)));
    } catch (IllegalArgumentException e) {
      throw new JsonSchemaException(pointer, "is not a place");
    }
    if (found.isMissingNode()) {
      throw new JsonSchemaException(pointer, "is referred to, but is not in the schema");
    }
    return found;
  }
}
