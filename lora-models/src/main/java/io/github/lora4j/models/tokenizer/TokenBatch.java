package io.github.lora4j.models.tokenizer;

import java.util.List;

/**
 * Token ids of several texts.
 *
 * @param ids one array per text, in the order of the texts
 * @param cut how many of the texts were longer than the tokenizer's maximum and lost their end
 */
public record TokenBatch(List<int[]> ids, int cut) {

  public TokenBatch {
    ids = List.copyOf(ids);
  }

  /** The number of tokens of all texts together. */
  public int tokens() {
    return ids.stream().mapToInt(text -> text.length).sum();
  }
}
