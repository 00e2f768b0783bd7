package io.github.lora4j.models.constrain;

/** A schema that output cannot be constrained to; the message names the place in the schema. */
public final class JsonSchemaException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  JsonSchemaException(String path, String problem) {
    super("JSON schema, " + path + ": " + problem);
  }
}
