package io.github.lora4j.models.constrain;

/** Another part of the schema, which may be around this one. */
final class RefNode extends Node {
  private Node target;

  RefNode(String path) {
    super(path);
  }

  void set(Node to) {
    target = to;
  }

  Node target() {
    return target;
  }

  @Override
  void enter(Frame parent, Closure out) {
    target.enter(parent, out);
  }

  @Override
  int computeCost() {
    return target.minCost;
  }
}
