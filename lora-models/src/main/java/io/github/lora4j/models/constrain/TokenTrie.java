package io.github.lora4j.models.constrain;

import java.util.Arrays;
import java.util.List;

/** Tokens by their bytes. Node 0 is the root; children of a node are consecutive. Immutable. */
final class TokenTrie {
  private final byte[] label;
  private final int[] firstChild;
  private final int[] firstToken;
  private final int[] tokens;

  /** A trie of these tokens, whose bytes are not empty. */
  TokenTrie(List<byte[]> bytes, int[] ids) {
    Integer[] order = new Integer[ids.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (a, b) -> Arrays.compareUnsigned(bytes.get(a), bytes.get(b)));
    int capacity = 2;
    for (byte[] one : bytes) {
      capacity += one.length;
    }
    byte[] labels = new byte[capacity];
    int[] first = new int[capacity + 1];
    int[] tokenFirst = new int[capacity + 1];
    int[] from = new int[capacity];
    int[] to = new int[capacity];
    int[] depth = new int[capacity];
    tokens = new int[ids.length];
    to[0] = ids.length;
    int nodes = 1;
    int placed = 0;
    // Breadth first: node after node, its tokens are the shortest of its range, its children the
    // rest.
    for (int node = 0; node < nodes; node++) {
      int at = from[node];
      tokenFirst[node] = placed;
      while (at < to[node] && bytes.get(order[at]).length == depth[node]) {
        tokens[placed++] = ids[order[at++]];
      }
      first[node] = nodes;
      while (at < to[node]) {
        byte next = bytes.get(order[at])[depth[node]];
        int end = at;
        while (end < to[node] && bytes.get(order[end])[depth[node]] == next) {
          end++;
        }
        labels[nodes] = next;
        from[nodes] = at;
        to[nodes] = end;
        depth[nodes] = depth[node] + 1;
        nodes++;
        at = end;
      }
    }
    first[nodes] = nodes;
    tokenFirst[nodes] = placed;
    label = Arrays.copyOf(labels, nodes);
    firstChild = Arrays.copyOf(first, nodes + 1);
    firstToken = Arrays.copyOf(tokenFirst, nodes + 1);
  }

  int firstChild(int node) {
    return firstChild[node];
  }

  int endOfChildren(int node) {
    return firstChild[node + 1];
  }

  /** The last byte of what a node stands for, 0 to 255. */
  int label(int node) {
    return label[node] & 0xff;
  }

  /** The child by the next byte, or -1. */
  int child(int node, int value) {
    int low = firstChild[node];
    int high = firstChild[node + 1] - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int found = label(middle);
      if (found == value) {
        return middle;
      } else if (found < value) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1;
  }

  boolean hasTokens(int node) {
    return firstToken[node] < firstToken[node + 1];
  }

  int firstToken(int node) {
    return firstToken[node];
  }

  int endOfTokens(int node) {
    return firstToken[node + 1];
  }

  /** The id at a place of the list of tokens. */
  int token(int at) {
    return tokens[at];
  }
}
