package io.github.lora4j.models.jinja;

/** The escapes of Python's string literals. */
final class StringEscapes {
  private StringEscapes() {}

  static String decode(String body) {
    if (body.indexOf('\\') < 0) {
      return body;
    }
    StringBuilder out = new StringBuilder(body.length());
    int i = 0;
    while (i < body.length()) {
      char c = body.charAt(i++);
      if (c != '\\') {
        out.append(c);
        continue;
      }
      char e = body.charAt(i++);
      switch (e) {
        case '\n' -> {} // a line that goes on
        case '\\', '\'', '"' -> out.append(e);
        case 'a' -> out.append('\u0007');
        case 'b' -> out.append('\b');
        case 'f' -> out.append('\f');
        case 'n' -> out.append('\n');
        case 'r' -> out.append('\r');
        case 't' -> out.append('\t');
        case 'v' -> out.append('\u000b');
        case 'x' -> i = hex(body, i, 2, out);
        case 'u' -> i = hex(body, i, 4, out);
        case 'U' -> i = hex(body, i, 8, out);
        case '0', '1', '2', '3', '4', '5', '6', '7' -> i = octal(body, i - 1, out);
        default -> out.append('\\').append(e);
      }
    }
    return out.toString();
  }

  private static int hex(String body, int from, int digits, StringBuilder out) {
    try {
      int point = Integer.parseInt(body, from, from + digits, 16);
      out.appendCodePoint(point);
      return from + digits;
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new JinjaException("a string has a broken escape");
    }
  }

  private static int octal(String body, int from, StringBuilder out) {
    int end = from;
    int value = 0;
    while (end < body.length() && end < from + 3 && "01234567".indexOf(body.charAt(end)) >= 0) {
      value = value * 8 + body.charAt(end++) - '0';
    }
    out.append((char) value);
    return end;
  }
}
