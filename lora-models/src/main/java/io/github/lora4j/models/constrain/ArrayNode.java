package io.github.lora4j.models.constrain;

/** An array. Positions: before and after the bracket, after an element, after a comma. */
final class ArrayNode extends Node {
  private static final int START = 0;
  private static final int OPEN = 1;
  private static final int ELEMENT = 2;
  private static final int COMMA = 3;

  private final Node items;
  private final int minItems;
  private final int maxItems;

  /**
   * An array.
   *
   * @param items its elements; may be null if {@code maxItems} is 0
   */
  ArrayNode(String path, Node items, int minItems, int maxItems) {
    super(path);
    this.items = items;
    this.minItems = minItems;
    this.maxItems = maxItems;
  }

  @Override
  void enter(Frame parent, Closure out) {
    out.add(new Frame(this, START, 0, minItems, maxItems, parent));
  }

  @Override
  void advance(Frame frame, int value, Closure out) {
    switch (frame.position) {
      case START -> {
        if (value == '[') {
          if (frame.need == 0) {
            out.add(frame.at(OPEN));
          }
          if (frame.room > 0) {
            element(frame, out);
          }
        }
      }
      case OPEN, ELEMENT -> {
        if (value == ']' && frame.need == 0) {
          out.end(frame.parent);
        } else if (value == ',' && frame.position == ELEMENT && frame.room > 0) {
          out.add(frame.at(COMMA));
          element(frame, out);
        }
      }
      default -> {
        if (value == ' ') {
          element(frame, out);
        }
      }
    }
  }

  private void element(Frame frame, Closure out) {
    int room = frame.room == Frame.UNLIMITED ? Frame.UNLIMITED : frame.room - 1;
    items.enter(new Frame(this, ELEMENT, 0, Math.max(0, frame.need - 1), room, frame.parent), out);
  }

  @Override
  int cost(Frame frame) {
    int element = items == null ? Cost.INFINITE : items.minCost;
    return switch (frame.position) {
      case START -> Cost.add(1, after(frame.need, element));
      case OPEN -> 1;
      case ELEMENT -> Cost.add(1, Cost.multiply(frame.need, Cost.add(1, element)));
      // The blank; without it there is another frame.
      default -> Cost.add(1, after(Math.max(1, frame.need), element));
    };
  }

  /** So many elements with commas between, and the bracket. */
  private static int after(int count, int element) {
    return count == 0
        ? 1
        : Cost.add(element, Cost.add(1, Cost.multiply(count - 1, Cost.add(1, element))));
  }

  @Override
  int computeCost() {
    return Cost.add(1, after(minItems, items == null ? Cost.INFINITE : items.minCost));
  }
}
