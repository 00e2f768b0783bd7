package io.github.lora4j.models.constrain;

import java.util.Arrays;
import java.util.List;

/**
 * An object whose properties come in the order of the schema. Index: the property from which on the
 * next one is chosen, 0 only before the opening brace; position: node of that choice's trie.
 */
final class ObjectNode extends Node {

  /**
   * A property.
   *
   * @param key its name as JSON, with quotes and escapes
   */
  record Property(String key, Node value, boolean required) {}

  private final List<Property> properties;
  private final ByteTrie[] choices;
  private final int[][] costs;

  ObjectNode(String path, List<Property> properties) {
    super(path);
    this.properties = properties;
    choices = new ByteTrie[properties.size() + 1];
    costs = new int[choices.length][];
    for (int from = 0; from < choices.length; from++) {
      choices[from] = choice(from);
    }
  }

  /** What may come: a property up to the next required one, or the end if none is required. */
  private ByteTrie choice(int from) {
    ByteTrie trie = new ByteTrie();
    List<String> before = from == 0 ? List.of("{") : List.of(",", ", ");
    for (int i = from; i < properties.size(); i++) {
      for (String lead : before) {
        trie.add(lead + properties.get(i).key() + ":", i);
        trie.add(lead + properties.get(i).key() + ": ", i);
      }
      if (properties.get(i).required()) {
        return trie;
      }
    }
    trie.add(from == 0 ? "{}" : "}", properties.size());
    return trie;
  }

  @Override
  void enter(Frame parent, Closure out) {
    out.add(new Frame(this, 0, 0, 0, 0, parent));
  }

  @Override
  void advance(Frame frame, int value, Closure out) {
    ByteTrie trie = choices[frame.index];
    int next = trie.child(frame.position, value);
    if (next < 0) {
      return;
    }
    int chosen = trie.number(next);
    if (chosen == properties.size()) {
      out.end(frame.parent);
    } else if (chosen >= 0) {
      properties.get(chosen).value().enter(new Frame(this, 0, chosen + 1, 0, 0, frame.parent), out);
    }
    if (trie.hasChildren(next)) {
      out.add(frame.at(next));
    }
  }

  @Override
  int cost(Frame frame) {
    return costs[frame.index][frame.position];
  }

  @Override
  int computeCost() {
    int[] after = new int[choices.length];
    Arrays.fill(after, Cost.INFINITE);
    after[properties.size()] = 0;
    for (int from = properties.size(); from >= 0; from--) {
      costs[from] = choices[from].costs(after);
      if (from > 0) {
        after[from - 1] = Cost.add(properties.get(from - 1).value().minCost, costs[from][0]);
      }
    }
    return costs[0][0];
  }

  @Override
  void spell(TokenVocabulary vocabulary) {
    for (ByteTrie choice : choices) {
      choice.spell(vocabulary.all());
    }
    int[] nothing = new int[choices.length];
    for (ByteTrie choice : choices) {
      if (choice.costs(nothing)[0] == Cost.INFINITE) {
        throw new JsonSchemaException(path, "the vocabulary cannot spell the names of properties");
      }
    }
  }
}
