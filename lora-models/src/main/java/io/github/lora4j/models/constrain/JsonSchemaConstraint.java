package io.github.lora4j.models.constrain;

import io.github.lora4j.models.generate.TokenConstraint;
import java.util.BitSet;

/**
 * One output that is constrained to a {@link JsonSchemaGrammar}: if it ends complete, it parses and
 * validates; and if each call of {@link #allowed} is given how many tokens are left, it does.
 */
public final class JsonSchemaConstraint implements TokenConstraint {
  private final TokenVocabulary vocabulary;
  private final Masks masks;
  private State state;
  private boolean ended;

  JsonSchemaConstraint(TokenVocabulary vocabulary, Masks masks, State state) {
    this.vocabulary = vocabulary;
    this.masks = masks;
    this.state = state;
  }

  @Override
  public void allowed(BitSet into, int remainingTokens) {
    into.clear();
    if (remainingTokens < minimalTokens()) {
      throw new IllegalArgumentException(
          "the output needs "
              + minimalTokens()
              + " more tokens to be whole, "
              + remainingTokens
              + " remain");
    }
    if (!complete() && remainingTokens > 0) {
      masks.add(state, remainingTokens - 1, into);
    }
    if (state.done()) {
      into.or(vocabulary.eos());
    }
  }

  @Override
  public void accept(int token) {
    if (token < 0 || token >= vocabulary.size()) {
      throw new IllegalArgumentException("token " + token + " of " + vocabulary.size());
    }
    if (vocabulary.eos().get(token)) {
      if (!state.done()) {
        throw new IllegalArgumentException("end of sequence, but the output is not whole");
      }
      ended = true;
      return;
    }
    State next = state;
    for (byte value : vocabulary.bytes(token)) {
      next = next.step(value & 0xff);
    }
    if (ended || next == state || next.dead()) {
      throw new IllegalArgumentException("token " + token + " does not fit the schema here");
    }
    state = next;
  }

  @Override
  public boolean complete() {
    return ended || (state.done() && state.frames().isEmpty());
  }

  @Override
  public int minimalTokens() {
    return ended ? 0 : state.closing();
  }

  @Override
  public JsonSchemaConstraint copy() {
    JsonSchemaConstraint copy = new JsonSchemaConstraint(vocabulary, masks, state);
    copy.ended = ended;
    return copy;
  }
}
