package io.github.lora4j.models.jinja;

/** Finds a text in another in linear time, whatever both are: the JDK's search can be quadratic. */
final class TextSearch {
  private static final int SHORT = 64;

  private TextSearch() {}

  /** The first place at or after {@code from}, or -1. */
  static int first(String text, String part, int from) {
    return part.length() <= SHORT
        ? text.indexOf(part, from)
        : knuthMorrisPratt(text, part, from, text.length(), false);
  }

  /** The last place at which the part ends at or before {@code to}, or -1. */
  static int last(String text, String part, int to) {
    if (part.length() <= SHORT) {
      return to < part.length() ? -1 : text.lastIndexOf(part, to - part.length());
    }
    return knuthMorrisPratt(text, part, 0, to, true);
  }

  private static int knuthMorrisPratt(String text, String part, int from, int to, boolean last) {
    int found = -1;
    int[] border = new int[part.length()];
    for (int i = 1, k = 0; i < border.length; i++) {
      while (k > 0 && part.charAt(i) != part.charAt(k)) {
        k = border[k - 1];
      }
      k += part.charAt(i) == part.charAt(k) ? 1 : 0;
      border[i] = k;
    }
    for (int i = from, k = 0; i < to; i++) {
      while (k > 0 && text.charAt(i) != part.charAt(k)) {
        k = border[k - 1];
      }
      k += text.charAt(i) == part.charAt(k) ? 1 : 0;
      if (k == part.length()) {
        found = i - k + 1;
        if (!last) {
          return found;
        }
        k = border[k - 1];
      }
    }
    return found;
  }
}
