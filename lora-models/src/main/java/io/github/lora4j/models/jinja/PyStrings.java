package io.github.lora4j.models.jinja;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** Python's view of text: positions are code points, blanks are those of Unicode. */
final class PyStrings {
  private PyStrings() {}

  static boolean isSpace(int c) {
    return (c >= 9 && c <= 13)
        || (c >= 0x1c && c <= 0x20)
        || c == 0x85
        || c == 0xa0
        || c == 0x1680
        || (c >= 0x2000 && c <= 0x200a)
        || c == 0x2028
        || c == 0x2029
        || c == 0x202f
        || c == 0x205f
        || c == 0x3000;
  }

  static boolean isBlank(String text) {
    return text.chars().allMatch(PyStrings::isSpace);
  }

  /** Strips blanks, or the code points of {@code set}, from the sides. */
  static String strip(String text, String set, boolean left, boolean right) {
    int from = 0;
    int to = text.length();
    while (left && from < to && strips(text.codePointAt(from), set)) {
      from += Character.charCount(text.codePointAt(from));
    }
    while (right && from < to && strips(text.codePointBefore(to), set)) {
      to -= Character.charCount(text.codePointBefore(to));
    }
    return text.substring(from, to);
  }

  private static boolean strips(int point, String set) {
    return set == null ? isSpace(point) : set.indexOf(point) >= 0;
  }

  static List<Object> characters(String text) {
    List<Object> characters = new ArrayList<>(text.length());
    text.codePoints().forEach(point -> characters.add(Character.toString(point)));
    return characters;
  }

  /** By code points, not by UTF-16 units. */
  static int compare(String a, String b) {
    int[] x = a.codePoints().toArray();
    int[] y = b.codePoints().toArray();
    return Arrays.compare(x, y);
  }

  static String upperFirst(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = text.offsetByCodePoints(0, 1);
    return title(text.substring(0, first)) + lower(text.substring(first));
  }

  static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  static String upper(String text) {
    return text.toUpperCase(Locale.ROOT);
  }

  /** Upper case after everything that has no case. */
  static String titleWords(String text) {
    StringBuilder out = new StringBuilder(text.length());
    boolean inWord = false;
    for (int i = 0; i < text.length(); ) {
      int end = text.offsetByCodePoints(i, 1);
      String one = text.substring(i, end);
      out.append(inWord ? lower(one) : title(one));
      inWord = Character.isLetter(text.codePointAt(i));
      i = end;
    }
    return out.toString();
  }

  private static String title(String one) {
    int point = one.codePointAt(0);
    return Character.toTitleCase(point) == point
        ? one
        : Character.toString(Character.toTitleCase(point));
  }

  static List<Object> split(String text, String separator, int most) {
    List<Object> parts = new ArrayList<>();
    if (separator == null) {
      splitBlanks(text, most, parts);
      return parts;
    }
    requireSeparator(separator);
    int from = 0;
    for (int at = TextSearch.first(text, separator, 0);
        at >= 0 && (most < 0 || parts.size() < most);
        at = TextSearch.first(text, separator, from)) {
      parts.add(text.substring(from, at));
      from = at + separator.length();
    }
    parts.add(text.substring(from));
    return parts;
  }

  private static void splitBlanks(String text, int most, List<Object> parts) {
    int at = 0;
    while (true) {
      while (at < text.length() && isSpace(text.charAt(at))) {
        at++;
      }
      if (at == text.length()) {
        return;
      }
      if (most >= 0 && parts.size() == most) {
        parts.add(text.substring(at));
        return;
      }
      int from = at;
      while (at < text.length() && !isSpace(text.charAt(at))) {
        at++;
      }
      parts.add(text.substring(from, at));
    }
  }

  static List<Object> splitRight(String text, String separator, int most) {
    if (most < 0) {
      return split(text, separator, -1);
    }
    List<Object> parts = new ArrayList<>();
    if (separator == null) {
      StringBuilder reversed = new StringBuilder(text).reverse();
      splitBlanks(reversed.toString(), most, parts);
      parts.replaceAll(part -> new StringBuilder((String) part).reverse().toString());
      Collections.reverse(parts);
      return parts;
    }
    requireSeparator(separator);
    int to = text.length();
    while (parts.size() < most) {
      int at = TextSearch.last(text, separator, to);
      if (at < 0) {
        break;
      }
      parts.add(0, text.substring(at + separator.length(), to));
      to = at;
    }
    parts.add(0, text.substring(0, to));
    return parts;
  }

  private static void requireSeparator(String separator) {
    if (separator.isEmpty()) {
      throw new JinjaException("empty separator");
    }
  }

  static List<Object> lines(String text, boolean keepEnds) {
    List<Object> lines = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean ends =
          (c >= 10 && c <= 13)
              || (c >= 0x1c && c <= 0x1e)
              || c == 0x85
              || c == 0x2028
              || c == 0x2029;
      if (!ends) {
        continue;
      }
      int next = c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n' ? i + 2 : i + 1;
      lines.add(text.substring(from, keepEnds ? next : i));
      from = next;
      i = next - 1;
    }
    if (from < text.length()) {
      lines.add(text.substring(from));
    }
    return lines;
  }

  /** Replaces the first {@code most} occurrences, all if negative; checks the length first. */
  static String replace(String text, String old, String with, int most, Render render) {
    List<Integer> places = new ArrayList<>();
    int step = Math.max(1, old.length());
    for (int at = 0; at <= text.length() && (most < 0 || places.size() < most); at += step) {
      at = old.isEmpty() ? at : TextSearch.first(text, old, at);
      if (at < 0) {
        break;
      }
      places.add(at);
    }
    render.spend(places.size());
    render.checkLength(text.length() + (long) places.size() * (with.length() - old.length()));
    StringBuilder out = new StringBuilder();
    int from = 0;
    for (int at : places) {
      out.append(text, from, at).append(with);
      from = at + old.length();
    }
    return out.append(text, from, text.length()).toString();
  }

  static void repr(String text, StringBuilder out) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    out.append(quote);
    text.codePoints().forEach(point -> escape(point, quote, out));
    out.append(quote);
  }

  private static void escape(int point, char quote, StringBuilder out) {
    switch (point) {
      case '\\' -> out.append("\\\\");
      case '\n' -> out.append("\\n");
      case '\r' -> out.append("\\r");
      case '\t' -> out.append("\\t");
      default -> {
        if (point == quote) {
          out.append('\\').append(quote);
        } else if (point == ' ' || isPrintable(point)) {
          out.appendCodePoint(point);
        } else if (point < 0x100) {
          out.append(String.format("\\x%02x", point));
        } else if (point < 0x10000) {
          out.append(String.format("\\u%04x", point));
        } else {
          out.append(String.format("\\U%08x", point));
        }
      }
    }
  }

  private static boolean isPrintable(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SPACE_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
