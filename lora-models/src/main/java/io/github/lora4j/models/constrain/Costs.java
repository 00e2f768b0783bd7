package io.github.lora4j.models.constrain;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Checks that every part of a grammar has finite values, and how many tokens the shortest takes.
 */
final class Costs {
  private Costs() {}

  static void compute(List<Node> nodes, TokenVocabulary vocabulary) {
    Set<Node> clear = new HashSet<>();
    nodes.forEach(node -> refuseLoops(node, new HashSet<>(), clear));
    nodes.forEach(node -> node.spell(vocabulary));
    boolean changed = true;
    while (changed) {
      changed = false;
      for (Node node : nodes) {
        int cost = node.computeCost();
        changed |= cost != node.minCost;
        node.minCost = cost;
      }
    }
    for (Node node : nodes) {
      if (node.minCost == Cost.INFINITE) {
        throw new JsonSchemaException(
            node.path, "no finite value satisfies it: it needs itself inside of itself");
      }
    }
  }

  /** A reference that comes back to itself before a byte is read says nothing. */
  private static void refuseLoops(Node node, Set<Node> open, Set<Node> clear) {
    if (clear.contains(node)) {
      return;
    }
    if (!open.add(node)) {
      throw new JsonSchemaException(node.path, "refers to itself and to nothing else");
    }
    if (node instanceof RefNode reference) {
      refuseLoops(reference.target(), open, clear);
    } else if (node instanceof ChoiceNode choice) {
      choice.branches().forEach(branch -> refuseLoops(branch, open, clear));
    }
    open.remove(node);
    clear.add(node);
  }
}
