package io.github.lora4j.models.causal;

import java.util.ArrayList;
import java.util.List;

/**
 * Tokenized conversations.
 *
 * @param examples one for each, in their order
 * @param cut how many were too long and lost their end
 */
public record CausalExamples(List<CausalExample> examples, int cut) {
  /** Copies the list. */
  public CausalExamples {
    examples = List.copyOf(examples);
  }

  /**
   * Tokenizes.
   *
   * @param longest the most tokens of an example; of a longer one the end is cut off
   * @throws IllegalArgumentException naming the line, if a conversation does not fit the template
   *     or nothing of its answer is left
   */
  public static CausalExamples of(
      PromptFormat format, List<Conversation> conversations, int longest) {
    List<CausalExample> examples = new ArrayList<>(conversations.size());
    int cut = 0;
    for (Conversation conversation : conversations) {
      try {
        CausalExample example = format.example(conversation);
        cut += example.ids().length > longest ? 1 : 0;
        examples.add(example.upTo(longest));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "line " + conversation.line() + ": " + e.getMessage(), e);
      }
    }
    return new CausalExamples(examples, cut);
  }
}
