package io.github.lora4j.models.constrain;

import java.util.List;

/** One of several texts. Position: node of the trie. */
final class LiteralNode extends Node {
  private static final int[] NOTHING_AFTER = {0};

  private final ByteTrie trie = new ByteTrie();
  private int[] costs;

  LiteralNode(String path, List<String> texts) {
    super(path);
    texts.forEach(text -> trie.add(text, 0));
  }

  @Override
  void enter(Frame parent, Closure out) {
    out.add(new Frame(this, 0, 0, 0, 0, parent));
  }

  @Override
  void advance(Frame frame, int value, Closure out) {
    int next = trie.child(frame.position, value);
    if (next < 0) {
      return;
    }
    if (trie.number(next) >= 0) {
      out.end(frame.parent);
    }
    if (trie.hasChildren(next)) {
      out.add(frame.at(next));
    }
  }

  @Override
  int cost(Frame frame) {
    return costs[frame.position];
  }

  @Override
  int computeCost() {
    return costs[0];
  }

  @Override
  void spell(TokenVocabulary vocabulary) {
    trie.spell(vocabulary.all());
    costs = trie.costs(NOTHING_AFTER);
    if (costs[0] == Cost.INFINITE) {
      throw new JsonSchemaException(path, "the vocabulary cannot spell any of its values");
    }
  }
}
