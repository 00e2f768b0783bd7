package io.github.lora4j.models.causal;

import io.github.lora4j.models.chat.ChatMessage;
import io.github.lora4j.models.chat.ChatTemplate;
import io.github.lora4j.models.tokenizer.TextTokenizer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Turns conversations into tokens: with the chat template of the model, or as plain text. Immutable
 * and thread-safe.
 *
 * <p>Question and answer are tokenized by themselves, as they are when an answer is generated.
 */
public final class PromptFormat {
  private final TextTokenizer tokenizer;
  private final ChatTemplate template;
  private final List<Integer> endTokens;

  /**
   * @param template null for plain text
   * @param endTokens that end an answer; the first one is learned where the template writes none
   */
  public PromptFormat(TextTokenizer tokenizer, ChatTemplate template, List<Integer> endTokens) {
    this.tokenizer = tokenizer;
    this.template = template;
    this.endTokens = endTokens;
  }

  /** True if messages go through a chat template. */
  public boolean isChat() {
    return template != null;
  }

  /**
   * The prompt that an answer follows.
   *
   * @throws IllegalArgumentException if there is no template and more than one message
   */
  public int[] prompt(List<ChatMessage> messages) {
    if (template != null) {
      return tokenizer.encode(template.render(messages, true), false);
    }
    if (messages.size() != 1) {
      throw new IllegalArgumentException(
          "a conversation of " + messages.size() + " messages needs a chat template");
    }
    return tokenizer.encode(messages.get(0).content(), true);
  }

  /**
   * A whole conversation, of which the answers of the assistant are learned, each with the token
   * that ends it.
   *
   * @throws IllegalArgumentException if it does not fit the template
   */
  public CausalExample example(Conversation conversation) {
    List<ChatMessage> messages = conversation.messages();
    if (template == null) {
      return CausalExample.completion(
          prompt(conversation.question()), ended(tokenizer.encode(conversation.answer(), false)));
    }
    int[] ids = {};
    BitSet learned = new BitSet();
    String done = "";
    for (int i = 0; i < messages.size(); i++) {
      if (!messages.get(i).role().equals(Conversation.ASSISTANT)) {
        continue;
      }
      String before = template.render(messages.subList(0, i), true);
      String after = template.render(messages.subList(0, i + 1), false);
      requireStart(before, done);
      requireStart(after, before);
      ids = joined(ids, tokenizer.encode(before.substring(done.length()), false));
      int[] answer = tokenizer.encode(after.substring(before.length()), false);
      boolean last = i == messages.size() - 1;
      int end = ids.length + endOf(answer);
      learned.set(Math.max(1, ids.length), end);
      ids = joined(ids, answer);
      if (last) {
        ids = Arrays.copyOf(ids, end);
        if (!endTokens.contains(ids[end - 1])) {
          ids = ended(ids);
          learned.set(ids.length - 1);
        }
      }
      done = after;
    }
    return new CausalExample(ids, learned);
  }

  /** How many tokens of an answer are learned: through the first that ends it. */
  private int endOf(int[] answer) {
    for (int i = 0; i < answer.length; i++) {
      if (endTokens.contains(answer[i])) {
        return i + 1;
      }
    }
    return answer.length;
  }

  private int[] ended(int[] ids) {
    if (endTokens.isEmpty()) {
      return ids;
    }
    return joined(ids, new int[] {endTokens.get(0)});
  }

  private void requireStart(String whole, String start) {
    if (!whole.startsWith(start)) {
      throw new IllegalArgumentException(
          template.source()
              + ": a conversation does not begin as its first part: loss on answers"
              + " alone is not possible with this template");
    }
  }

  private static int[] joined(int[] a, int[] b) {
    int[] joined = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, joined, a.length, b.length);
    return joined;
  }
}
