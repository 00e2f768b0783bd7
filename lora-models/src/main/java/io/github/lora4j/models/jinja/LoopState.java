package io.github.lora4j.models.jinja;

import java.util.List;

/** The variable {@code loop} inside a for loop. */
final class LoopState {
  private final List<?> items;
  private int index;
  private Object watched;
  private boolean watching;

  LoopState(List<?> items) {
    this.items = items;
  }

  void moveTo(int position) {
    index = position;
  }

  int length() {
    return items.size();
  }

  /** The attribute of this name, or null. */
  Object attribute(String name) {
    return switch (name) {
      case "index" -> index + 1L;
      case "index0" -> (long) index;
      case "revindex" -> (long) items.size() - index;
      case "revindex0" -> items.size() - index - 1L;
      case "first" -> index == 0;
      case "last" -> index == items.size() - 1;
      case "length" -> (long) items.size();
      case "depth" -> 1L;
      case "depth0" -> 0L;
      case "previtem" -> neighbour(index - 1, "there is no previous item");
      case "nextitem" -> neighbour(index + 1, "there is no next item");
      case "cycle" -> (Function) this::cycle;
      case "changed" -> (Function) this::changed;
      default -> null;
    };
  }

  // A neighbour that is None would read as "no attribute"; templates compare messages, never None.
  private Object neighbour(int at, String problem) {
    return at >= 0 && at < items.size() ? items.get(at) : new Undefined(problem);
  }

  private Object cycle(Args args) {
    if (args.positional().isEmpty()) {
      throw new JinjaException("cycle has no items");
    }
    return args.positional().get(index % args.positional().size());
  }

  private Object changed(Args args) {
    Object now = new Tuple(args.positional());
    boolean changed = !watching || !Py.equal(watched, now, args.render());
    watched = now;
    watching = true;
    return changed;
  }
}
