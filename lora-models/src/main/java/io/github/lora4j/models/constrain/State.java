package io.github.lora4j.models.constrain;

import java.util.ArrayList;
import java.util.List;

/**
 * All places that reading can be at, more than one while branches cannot be told apart. Immutable.
 *
 * @param frames places that can read another byte
 * @param done whether the output is whole as it is
 */
record State(List<Frame> frames, boolean done) {

  static State start(Node root) {
    Closure closure = new Closure();
    root.enter(null, closure);
    return closure.state();
  }

  /** The places after a byte. */
  State step(int value) {
    Closure closure = new Closure();
    for (Frame frame : frames) {
      frame.node.advance(frame, value, closure);
    }
    return closure.state();
  }

  boolean dead() {
    return frames.isEmpty() && !done;
  }

  /** The fewest tokens to a whole output. */
  int closing() {
    if (done) {
      return 0;
    }
    int best = Cost.INFINITE;
    for (Frame frame : frames) {
      best = Math.min(best, frame.total);
    }
    return best;
  }

  /** See {@link Frame#clamped}. */
  State clamped(int most) {
    List<Frame> clamped = new ArrayList<>(frames.size());
    boolean same = true;
    for (Frame frame : frames) {
      Frame one = frame.clamped(most);
      same &= one == frame;
      clamped.add(one);
    }
    return same ? this : new State(clamped, done);
  }
}
