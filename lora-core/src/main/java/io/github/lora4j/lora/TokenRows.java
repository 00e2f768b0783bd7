package io.github.lora4j.lora;

import io.github.lora4j.autograd.Var;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Rows of embeddings, or of an output layer, that take the place of those of some tokens: PEFT's
 * {@code trainable_token_indices}. The rows are whole, not differences.
 */
public final class TokenRows {
  private final int[] tokens;
  private final Var rows;
  private final Map<Integer, Integer> positions = new HashMap<>();

  /**
   * @param tokens which tokens, none twice
   * @param rows {@code [tokens.length, cols]}
   * @throws IllegalArgumentException if a token comes twice or the sizes differ
   */
  public TokenRows(int[] tokens, Var rows) {
    this.tokens = tokens.clone();
    this.rows = rows;
    if (rows.value().rows() != tokens.length) {
      throw new IllegalArgumentException(tokens.length + " tokens but rows " + rows.value());
    }
    for (int i = 0; i < tokens.length; i++) {
      if (positions.put(tokens[i], i) != null) {
        throw new IllegalArgumentException("token " + tokens[i] + " comes twice");
      }
    }
  }

  /** The tokens; not to be changed. */
  public int[] tokens() {
    return tokens;
  }

  /** A row for each token. */
  public Var rows() {
    return rows;
  }

  /** For each id the row that it has here, or -1. */
  int[] choice(int[] ids) {
    return Arrays.stream(ids).map(id -> positions.getOrDefault(id, -1)).toArray();
  }
}
