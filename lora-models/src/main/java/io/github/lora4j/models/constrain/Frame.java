package io.github.lora4j.models.constrain;

/**
 * A place inside of a value, with the places in the values around it. Immutable.
 *
 * <p>{@code position} and {@code index} mean what the node says. {@code need} and {@code room}
 * count what must and what may still come: characters of a string, elements of an array, digits.
 */
final class Frame {
  /** As much room as there is. */
  static final int UNLIMITED = Integer.MAX_VALUE;

  final Node node;
  final int position;
  final int index;
  final int need;
  final int room;
  final Frame parent;

  /** The fewest tokens to the end of the whole output. */
  final int total;

  private final int hash;

  Frame(Node node, int position, int index, int need, int room, Frame parent) {
    this.node = node;
    this.position = position;
    this.index = index;
    this.need = need;
    this.room = room;
    this.parent = parent;
    int own = node.cost(this);
    this.total = parent == null ? own : Cost.add(own, parent.total);
    int h = System.identityHashCode(node);
    h = 31 * h + position;
    h = 31 * h + index;
    h = 31 * h + need;
    h = 31 * h + room;
    this.hash = 31 * h + (parent == null ? 0 : parent.hash);
  }

  Frame at(int newPosition) {
    return new Frame(node, newPosition, index, need, room, parent);
  }

  /** The same place with counts of at most {@code most}: enough for one token of so many bytes. */
  Frame clamped(int most) {
    Frame outer = parent == null ? null : parent.clamped(most);
    if (need <= most && room <= most && outer == parent) {
      return this;
    }
    return new Frame(node, position, index, Math.min(need, most), Math.min(room, most), outer);
  }

  @Override
  public boolean equals(Object object) {
    if (this == object) {
      return true;
    }
    if (!(object instanceof Frame other) || hash != other.hash) {
      return false;
    }
    return node == other.node
        && position == other.position
        && index == other.index
        && need == other.need
        && room == other.room
        && (parent == other.parent || (parent != null && parent.equals(other.parent)));
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
