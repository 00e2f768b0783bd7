package io.github.lora4j.models.tokenizer;

import java.util.List;
import java.util.OptionalInt;

/**
 * The tokens that stand for something else than text.
 *
 * @param bos begins a text, if the model has one
 * @param eos end a text or a turn; the first is that of the tokenizer, empty if there is none
 * @param pad fills up batches, if there is one
 */
public record SpecialTokens(OptionalInt bos, List<Integer> eos, OptionalInt pad) {
  public SpecialTokens {
    eos = List.copyOf(eos);
  }
}
