package io.github.lora4j.models.constrain;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Collects the places that reading can be at after a byte. */
final class Closure {
  private static final int FEW = 8;

  private final List<Frame> frames = new ArrayList<>(2);
  private Set<Frame> known;
  private boolean done;

  /** Adds a place that can read a byte. */
  void add(Frame frame) {
    if (frames.size() < FEW) {
      if (!frames.contains(frame)) {
        frames.add(frame);
      }
      return;
    }
    if (known == null) {
      known = new HashSet<>(frames);
    }
    if (known.add(frame)) {
      frames.add(frame);
    }
  }

  /** Notes that a value has ended inside of a frame; null is the outside of the output. */
  void end(Frame parent) {
    if (parent == null) {
      done = true;
    } else {
      parent.node.resume(parent, this);
    }
  }

  State state() {
    return new State(frames, done);
  }
}
