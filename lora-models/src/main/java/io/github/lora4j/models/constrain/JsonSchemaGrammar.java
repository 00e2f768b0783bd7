package io.github.lora4j.models.constrain;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * A JSON schema compiled for a vocabulary. Immutable but for a cache; thread-safe: one grammar
 * serves any number of sequences, each with its own {@link #constraint}.
 *
 * <p>Supported: the types with {@code properties}, {@code required}, {@code additionalProperties},
 * {@code items}, {@code minItems}, {@code maxItems}, {@code minLength}, {@code maxLength}, bounds
 * of an integer with at most 1000 values; lists of types; {@code enum}, {@code const}; {@code
 * anyOf}; {@code oneOf} whose branches can be told apart; {@code $ref} within the schema, recursion
 * included. Any other keyword that restricts is an error.
 *
 * <p>What is generated is a part of what the schema allows: properties in the order of the schema
 * and no others, no white space but at most one blank after a colon or a comma, numbers of at most
 * 15 digits before and after the point.
 *
 * <p>Source: JSON Schema 2020-12 (core and validation), RFC 8259, RFC 3629.
 */
public final class JsonSchemaGrammar {
  private final TokenVocabulary vocabulary;
  private final State start;
  private final Masks masks;

  private JsonSchemaGrammar(TokenVocabulary vocabulary, Node root) {
    this.vocabulary = vocabulary;
    this.start = State.start(root);
    this.masks = new Masks(vocabulary);
  }

  /**
   * Compiles a schema.
   *
   * @throws JsonSchemaException if it uses what is not supported, or nothing can satisfy it
   */
  public static JsonSchemaGrammar compile(JsonNode schema, TokenVocabulary vocabulary) {
    List<Node> nodes = SchemaCompiler.compile(schema);
    Costs.compute(nodes, vocabulary);
    return new JsonSchemaGrammar(vocabulary, nodes.get(0));
  }

  /** How many tokens are enough for an output, end of sequence not included. */
  public int minimalTokens() {
    return start.closing();
  }

  /**
   * A constraint for one sequence.
   *
   * @param maxNewTokens the most tokens that it is given, end of sequence not included
   * @throws IllegalArgumentException if they are not enough; the message says how many are
   */
  public JsonSchemaConstraint constraint(int maxNewTokens) {
    if (maxNewTokens < minimalTokens()) {
      throw new IllegalArgumentException(
          "the schema needs up to "
              + minimalTokens()
              + " tokens for its shortest output, max_new_tokens is "
              + maxNewTokens);
    }
    return new JsonSchemaConstraint(vocabulary, masks, start);
  }
}
