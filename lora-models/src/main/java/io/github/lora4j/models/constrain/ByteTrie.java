package io.github.lora4j.models.constrain;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A few texts by their bytes, each with a number. Node 0 is the root; children come after parents.
 */
final class ByteTrie {
  private final List<byte[]> labels = new ArrayList<>();
  private final List<int[]> children = new ArrayList<>();
  private final List<Integer> numbers = new ArrayList<>();
  private int[][] hops;

  ByteTrie() {
    addNode();
  }

  private int addNode() {
    labels.add(new byte[0]);
    children.add(new int[0]);
    numbers.add(-1);
    return labels.size() - 1;
  }

  /** Adds a text; the same text again keeps its first number. */
  void add(String text, int number) {
    int node = 0;
    for (byte next : text.getBytes(StandardCharsets.UTF_8)) {
      int child = child(node, next & 0xff);
      if (child < 0) {
        child = addNode();
        int count = labels.get(node).length;
        labels.set(node, Arrays.copyOf(labels.get(node), count + 1));
        children.set(node, Arrays.copyOf(children.get(node), count + 1));
        labels.get(node)[count] = next;
        children.get(node)[count] = child;
      }
      node = child;
    }
    if (numbers.get(node) < 0) {
      numbers.set(node, number);
    }
  }

  int nodes() {
    return labels.size();
  }

  /** The child by the next byte, or -1. */
  int child(int node, int value) {
    byte[] bytes = labels.get(node);
    for (int i = 0; i < bytes.length; i++) {
      if ((bytes[i] & 0xff) == value) {
        return children.get(node)[i];
      }
    }
    return -1;
  }

  boolean hasChildren(int node) {
    return children.get(node).length > 0;
  }

  /** The number of the text that ends here, or -1. */
  int number(int node) {
    return numbers.get(node);
  }

  /** Finds which nodes one token leads to from each node; call it before {@link #costs}. */
  void spell(TokenTrie tokens) {
    hops = new int[nodes()][];
    for (int node = 0; node < hops.length; node++) {
      List<Integer> found = new ArrayList<>();
      hop(node, 0, tokens, found);
      hops[node] = found.stream().mapToInt(i -> i).toArray();
    }
  }

  private void hop(int node, int at, TokenTrie tokens, List<Integer> found) {
    byte[] bytes = labels.get(node);
    for (int i = 0; i < bytes.length; i++) {
      int next = tokens.child(at, bytes[i] & 0xff);
      if (next >= 0) {
        int child = children.get(node)[i];
        if (tokens.hasTokens(next)) {
          found.add(child);
        }
        hop(child, next, tokens, found);
      }
    }
  }

  /**
   * The fewest tokens from each node to the end of a text and whatever follows it.
   *
   * @param after cost of what follows each text, by its number
   */
  int[] costs(int[] after) {
    int[] costs = new int[nodes()];
    for (int node = costs.length - 1; node >= 0; node--) {
      int best = number(node) < 0 ? Cost.INFINITE : after[number(node)];
      for (int next : hops[node]) {
        best = Math.min(best, Cost.add(1, costs[next]));
      }
      costs[node] = best;
    }
    return costs;
  }
}
