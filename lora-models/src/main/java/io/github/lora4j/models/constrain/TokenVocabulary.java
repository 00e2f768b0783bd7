package io.github.lora4j.models.constrain;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * The tokens of a vocabulary, prepared for constraints. Immutable and thread-safe; made once per
 * tokenizer and shared by all schemas. It takes some tens of bytes per byte of all tokens.
 */
public final class TokenVocabulary {
  private final byte[][] bytes;
  private final BitSet eos = new BitSet();
  private final TokenTrie all;
  private final TokenTrie special;
  private final BitSet[] plain;
  private final BitSet[] plainUpTo;
  private final int longest;
  private final int longestSpecial;
  private final BitSet single = new BitSet(256);

  /**
   * Prepares a vocabulary.
   *
   * @param tokens the bytes of every id
   * @param size ids are 0 to size - 1
   * @param eosIds ids that end a sequence
   * @throws IllegalArgumentException if an id of {@code eosIds} is out of range, or a character of
   *     ASCII has no token of its own
   */
  public TokenVocabulary(TokenBytes tokens, int size, int... eosIds) {
    for (int id : eosIds) {
      if (id < 0 || id >= size) {
        throw new IllegalArgumentException("end of sequence " + id + " of " + size + " tokens");
      }
      eos.set(id);
    }
    bytes = new byte[size][];
    List<Integer> everything = new ArrayList<>();
    List<Integer> notPlain = new ArrayList<>();
    List<BitSet> byCount = new ArrayList<>(List.of(new BitSet()));
    int most = 0;
    int mostSpecial = 0;
    for (int id = 0; id < size; id++) {
      byte[] token = eos.get(id) ? new byte[0] : tokens.bytes(id);
      bytes[id] = token;
      if (token.length == 0) {
        continue;
      }
      everything.add(id);
      most = Math.max(most, token.length);
      if (token.length == 1) {
        single.set(token[0] & 0xff);
      }
      int count = Utf8Text.plainCharacters(token);
      if (count < 0) {
        notPlain.add(id);
        mostSpecial = Math.max(mostSpecial, token.length);
        continue;
      }
      while (byCount.size() <= count) {
        byCount.add(new BitSet());
      }
      byCount.get(count).set(id);
    }
    for (int ascii = 0x20; ascii < 0x7f; ascii++) {
      if (!single.get(ascii)) {
        throw new IllegalArgumentException(
            "the vocabulary has no token for '" + (char) ascii + "' alone");
      }
    }
    all = trie(everything);
    special = trie(notPlain);
    longest = most;
    longestSpecial = mostSpecial;
    plain = byCount.toArray(new BitSet[0]);
    plainUpTo = new BitSet[plain.length];
    plainUpTo[0] = new BitSet();
    for (int i = 1; i < plain.length; i++) {
      plainUpTo[i] = (BitSet) plainUpTo[i - 1].clone();
      plainUpTo[i].or(plain[i]);
    }
  }

  private TokenTrie trie(List<Integer> ids) {
    return new TokenTrie(
        ids.stream().map(id -> bytes[id]).toList(), ids.stream().mapToInt(id -> id).toArray());
  }

  /** Ids are 0 to size - 1. */
  public int size() {
    return bytes.length;
  }

  byte[] bytes(int id) {
    return bytes[id];
  }

  /** The ids that end a sequence. */
  BitSet eos() {
    return eos;
  }

  /** All tokens with bytes. */
  TokenTrie all() {
    return all;
  }

  /** The tokens that are not whole characters of plain text inside a JSON string. */
  TokenTrie special() {
    return special;
  }

  /** The most bytes of a token. */
  int longest() {
    return longest;
  }

  /** The most bytes of a special token. */
  int longestSpecial() {
    return longestSpecial;
  }

  /** The most characters of a plain token. */
  int mostPlainCharacters() {
    return plain.length - 1;
  }

  /** The plain tokens of exactly so many characters. */
  BitSet plain(int characters) {
    return plain[characters];
  }

  /** The plain tokens of at most so many characters. */
  BitSet plainUpTo(int characters) {
    return plainUpTo[Math.min(characters, plainUpTo.length - 1)];
  }

  /** Whether one of these bytes is a token of its own. */
  boolean hasSingle(int from, int to) {
    int next = single.nextSetBit(from);
    return next >= 0 && next <= to;
  }
}
