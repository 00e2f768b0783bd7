package io.github.lora4j.models.constrain;

import java.util.List;

/** One of several values; all of them are read side by side while they are the same. */
final class ChoiceNode extends Node {
  private final List<Node> branches;

  ChoiceNode(String path, List<Node> branches) {
    super(path);
    this.branches = branches;
  }

  List<Node> branches() {
    return branches;
  }

  @Override
  void enter(Frame parent, Closure out) {
    branches.forEach(branch -> branch.enter(parent, out));
  }

  @Override
  int computeCost() {
    return branches.stream().mapToInt(branch -> branch.minCost).min().orElse(Cost.INFINITE);
  }
}
