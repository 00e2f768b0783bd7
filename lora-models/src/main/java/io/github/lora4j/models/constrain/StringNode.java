package io.github.lora4j.models.constrain;

/**
 * A string of so many characters (code points; an escape is one). Positions are the constants
 * below. Characters outside of the basic plane are written as UTF-8, never as a pair of escapes.
 */
final class StringNode extends Node {
  private static final int START = 0;
  static final int INSIDE = 1;
  // One, two, three bytes of a character to come, and the first ones that are restricted (RFC
  // 3629).
  private static final int LAST = 2;
  private static final int TWO = 3;
  private static final int THREE = 4;
  private static final int AFTER_E0 = 5;
  private static final int AFTER_ED = 6;
  private static final int AFTER_F0 = 7;
  private static final int AFTER_F4 = 8;
  private static final int ESCAPE = 9;
  private static final int HEX_1 = 10;
  private static final int HEX_2 = 11;
  // After \\ud: what follows must not make a surrogate.
  private static final int HEX_2_LOW = 12;
  private static final int HEX_3 = 13;
  private static final int HEX_4 = 14;

  private final int minLength;
  private final int maxLength;
  private final int[] rest = new int[HEX_4 + 1];

  StringNode(String path, int minLength, int maxLength) {
    super(path);
    this.minLength = minLength;
    this.maxLength = maxLength;
  }

  @Override
  void enter(Frame parent, Closure out) {
    out.add(new Frame(this, START, 0, minLength, maxLength, parent));
  }

  @Override
  void advance(Frame frame, int value, Closure out) {
    if (frame.position == INSIDE) {
      inside(frame, value, out);
      return;
    }
    int next = next(frame.position, value);
    if (next >= 0) {
      out.add(frame.at(next));
    }
  }

  private void inside(Frame frame, int value, Closure out) {
    if (value == '"') {
      if (frame.need == 0) {
        out.end(frame.parent);
      }
      return;
    }
    int next = value < 0x80 ? (value == '\\' ? ESCAPE : value < 0x20 ? -1 : INSIDE) : lead(value);
    if (next >= 0 && frame.room > 0) {
      int room = frame.room == Frame.UNLIMITED ? Frame.UNLIMITED : frame.room - 1;
      out.add(new Frame(this, next, 0, Math.max(0, frame.need - 1), room, frame.parent));
    }
  }

  private static int lead(int value) {
    if (value < 0xc2 || value > 0xf4) {
      return -1;
    } else if (value < 0xe0) {
      return LAST;
    } else if (value < 0xf0) {
      return value == 0xe0 ? AFTER_E0 : value == 0xed ? AFTER_ED : TWO;
    }
    return value == 0xf0 ? AFTER_F0 : value == 0xf4 ? AFTER_F4 : THREE;
  }

  private static int next(int position, int value) {
    return switch (position) {
      case START -> value == '"' ? INSIDE : -1;
      case LAST -> in(value, 0x80, 0xbf, INSIDE);
      case TWO -> in(value, 0x80, 0xbf, LAST);
      case THREE -> in(value, 0x80, 0xbf, TWO);
      case AFTER_E0 -> in(value, 0xa0, 0xbf, LAST);
      case AFTER_ED -> in(value, 0x80, 0x9f, LAST);
      case AFTER_F0 -> in(value, 0x90, 0xbf, TWO);
      case AFTER_F4 -> in(value, 0x80, 0x8f, TWO);
      case ESCAPE -> value == 'u' ? HEX_1 : "\"\\/bfnrt".indexOf(value) >= 0 ? INSIDE : -1;
      case HEX_1 -> !hex(value) ? -1 : value == 'd' || value == 'D' ? HEX_2_LOW : HEX_2;
      case HEX_2 -> hex(value) ? HEX_3 : -1;
      case HEX_2_LOW -> in(value, '0', '7', HEX_3);
      case HEX_3 -> hex(value) ? HEX_4 : -1;
      case HEX_4 -> hex(value) ? INSIDE : -1;
      default -> throw new IllegalStateException("position " + position);
    };
  }

  private static int in(int value, int from, int to, int next) {
    return value >= from && value <= to ? next : -1;
  }

  private static boolean hex(int value) {
    return (value >= '0' && value <= '9')
        || (value >= 'a' && value <= 'f')
        || (value >= 'A' && value <= 'F');
  }

  /** What one token of one character each, and the closing quote, take. */
  @Override
  int cost(Frame frame) {
    return Cost.add(rest[frame.position], Cost.add(frame.need, 1));
  }

  @Override
  int computeCost() {
    return Cost.add(minLength, 2);
  }

  @Override
  void spell(TokenVocabulary vocabulary) {
    rest[START] = 1;
    rest[LAST] = single(vocabulary, 0x80, 0xbf);
    rest[TWO] = Cost.add(rest[LAST], rest[LAST]);
    rest[THREE] = Cost.add(rest[LAST], rest[TWO]);
    rest[AFTER_E0] = Cost.add(single(vocabulary, 0xa0, 0xbf), rest[LAST]);
    rest[AFTER_ED] = Cost.add(single(vocabulary, 0x80, 0x9f), rest[LAST]);
    rest[AFTER_F0] = Cost.add(single(vocabulary, 0x90, 0xbf), rest[TWO]);
    rest[AFTER_F4] = Cost.add(single(vocabulary, 0x80, 0x8f), rest[TWO]);
    rest[ESCAPE] = 1;
    rest[HEX_1] = 4;
    rest[HEX_2] = 3;
    rest[HEX_2_LOW] = 3;
    rest[HEX_3] = 2;
    rest[HEX_4] = 1;
  }

  private static int single(TokenVocabulary vocabulary, int from, int to) {
    return vocabulary.hasSingle(from, to) ? 1 : Cost.INFINITE;
  }
}
