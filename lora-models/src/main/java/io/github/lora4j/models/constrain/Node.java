package io.github.lora4j.models.constrain;

/**
 * A part of a grammar: one kind of value. Where reading is inside of a value is a {@link Frame};
 * what a value lies in is the frame's parent.
 */
abstract class Node {
  /** Where in the schema it comes from. */
  final String path;

  /** The fewest tokens of a whole value; set by {@link Costs}. */
  int minCost = Cost.INFINITE;

  Node(String path) {
    this.path = path;
  }

  /** Begins a value inside of a frame: adds what can read its first byte. */
  abstract void enter(Frame parent, Closure out);

  /** Reads a byte in a frame of this node, and adds what can read the next one. */
  void advance(Frame frame, int value, Closure out) {
    throw new IllegalStateException(path);
  }

  /** Goes on after a value inside of this one has ended. */
  void resume(Frame frame, Closure out) {
    out.add(frame);
  }

  /** The fewest tokens from a frame of this node to the end of its value, without values inside. */
  int cost(Frame frame) {
    throw new IllegalStateException(path);
  }

  /** Computes {@link #minCost} from those of the parts. */
  abstract int computeCost();

  /** Prepares for a vocabulary. */
  void spell(TokenVocabulary vocabulary) {}
}
