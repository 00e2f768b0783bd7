package io.github.lora4j.models.constrain;

/**
 * A number of at most 15 digits before the point, 15 after it and 2 in the exponent, so that it
 * cannot go on for ever and a double keeps its size. Room: digits that may still come in this part.
 */
final class NumberNode extends Node {
  private static final int MOST_DIGITS = 15;
  private static final int MOST_EXPONENT = 2;

  private static final int START = 0;
  private static final int MINUS = 1;
  private static final int ZERO = 2;
  private static final int DIGITS = 3;
  private static final int POINT = 4;
  private static final int FRACTION = 5;
  private static final int E = 6;
  private static final int SIGN = 7;
  private static final int EXPONENT = 8;

  private final boolean integer;

  NumberNode(String path, boolean integer) {
    super(path);
    this.integer = integer;
  }

  @Override
  void enter(Frame parent, Closure out) {
    out.add(new Frame(this, START, 0, 0, 0, parent));
  }

  @Override
  void advance(Frame frame, int value, Closure out) {
    boolean digit = value >= '0' && value <= '9';
    boolean exponent = (value == 'e' || value == 'E') && !integer;
    int position = frame.position;
    switch (position) {
      case START, MINUS -> {
        if (value == '-' && position == START) {
          to(frame, MINUS, 0, out);
        } else if (digit) {
          to(frame, value == '0' ? ZERO : DIGITS, value == '0' ? 0 : MOST_DIGITS - 1, out);
        }
      }
      case ZERO, DIGITS -> {
        if (digit && frame.room > 0) {
          to(frame, DIGITS, frame.room - 1, out);
        } else if (value == '.' && !integer) {
          to(frame, POINT, MOST_DIGITS, out);
        } else if (exponent) {
          to(frame, E, MOST_EXPONENT, out);
        }
      }
      case POINT, FRACTION -> {
        if (digit && frame.room > 0) {
          to(frame, FRACTION, frame.room - 1, out);
        } else if (exponent && position == FRACTION) {
          to(frame, E, MOST_EXPONENT, out);
        }
      }
      default -> {
        if (digit && frame.room > 0) {
          to(frame, EXPONENT, frame.room - 1, out);
        } else if ((value == '+' || value == '-') && position == E) {
          to(frame, SIGN, MOST_EXPONENT, out);
        }
      }
    }
  }

  private void to(Frame frame, int position, int room, Closure out) {
    if (whole(position)) {
      out.end(frame.parent);
    }
    boolean last = room == 0 && (position == EXPONENT || (integer && whole(position)));
    if (!last) {
      out.add(new Frame(this, position, 0, 0, room, frame.parent));
    }
  }

  private static boolean whole(int position) {
    return position == ZERO || position == DIGITS || position == FRACTION || position == EXPONENT;
  }

  @Override
  int cost(Frame frame) {
    return whole(frame.position) ? 0 : 1;
  }

  @Override
  int computeCost() {
    return 1;
  }
}
