package io.github.lora4j.models.constrain;

import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Which tokens may come in a state. Masks are kept by state; thread-safe. */
final class Masks {
  private static final long MAX_BYTES = 64L << 20;

  /**
   * The tokens that may come, however many may follow.
   *
   * @param closing the most tokens that any of them needs afterwards
   */
  private record Mask(BitSet tokens, int closing) {}

  private final TokenVocabulary vocabulary;
  private final Map<State, Mask> cache = new ConcurrentHashMap<>();
  private final int maxEntries;

  Masks(TokenVocabulary vocabulary) {
    this.vocabulary = vocabulary;
    maxEntries = (int) Math.max(16, MAX_BYTES / (vocabulary.size() / 8 + 256));
  }

  /**
   * Adds the tokens after which the output can become whole within so many further tokens.
   *
   * @param limit how many; at least one fewer than {@code state.closing()}
   */
  void add(State state, int limit, BitSet into) {
    List<Frame> frames = state.frames();
    if (frames.size() == 1
        && frames.get(0).node instanceof StringNode
        && frames.get(0).position == StringNode.INSIDE) {
      plain(frames.get(0), limit, into);
      add(state, vocabulary.special(), vocabulary.longestSpecial(), limit, into);
    } else {
      add(state, vocabulary.all(), vocabulary.longest(), limit, into);
    }
  }

  /** Tokens that are plain text inside of a string: only how many characters they have matters. */
  private void plain(Frame frame, int limit, BitSet into) {
    int most = Math.min(frame.room, vocabulary.mostPlainCharacters());
    if (frame.total <= limit) {
      into.or(vocabulary.plainUpTo(most));
      return;
    }
    for (int count = 1; count <= most; count++) {
      if (frame.total - Math.min(count, frame.need) <= limit) {
        into.or(vocabulary.plain(count));
      }
    }
  }

  private void add(State state, TokenTrie trie, int longest, int limit, BitSet into) {
    State key = state.clamped(longest);
    Mask mask = cache.get(key);
    if (mask == null) {
      BitSet tokens = new BitSet(vocabulary.size());
      mask = new Mask(tokens, walk(trie, 0, key, Cost.INFINITE - 1, tokens));
      if (cache.size() >= maxEntries) {
        cache.clear();
      }
      cache.put(key, mask);
    }
    // What was clamped away is still to be paid.
    int more = 0;
    for (int i = 0; i < key.frames().size(); i++) {
      more = Math.max(more, state.frames().get(i).total - key.frames().get(i).total);
    }
    if (Cost.add(mask.closing(), more) <= limit) {
      into.or(mask.tokens());
    } else {
      walk(trie, 0, state, limit, into);
    }
  }

  /** Returns the most tokens that any token that is added needs afterwards. */
  private static int walk(TokenTrie trie, int node, State state, int limit, BitSet into) {
    int most = 0;
    for (int child = trie.firstChild(node); child < trie.endOfChildren(node); child++) {
      State next = state.step(trie.label(child));
      if (next.dead()) {
        continue;
      }
      if (trie.hasTokens(child)) {
        int closing = next.closing();
        if (closing <= limit) {
          most = Math.max(most, closing);
          for (int at = trie.firstToken(child); at < trie.endOfTokens(child); at++) {
            into.set(trie.token(at));
          }
        }
      }
      if (!next.frames().isEmpty()) {
        most = Math.max(most, walk(trie, child, next, limit, into));
      }
    }
    return most;
  }
}
