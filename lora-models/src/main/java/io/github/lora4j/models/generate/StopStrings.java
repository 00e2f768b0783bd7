package io.github.lora4j.models.generate;

import java.util.List;

/**
 * Watches the text of one sequence for strings that end it, across the borders of tokens. Text that
 * could be the beginning of a stop string is held back until it is known not to be one.
 *
 * <p>The output ends before the stop string that is complete first; of those that are complete at
 * the same character, before the longest. Not thread-safe.
 */
public final class StopStrings {
  private final List<String> stops;
  private final StringBuilder held = new StringBuilder();
  private String stop;

  /**
   * A watch over a text that has not begun.
   *
   * @param stops strings that end it, none of them empty
   */
  public StopStrings(List<String> stops) {
    this.stops = List.copyOf(stops);
    if (this.stops.stream().anyMatch(String::isEmpty)) {
      throw new IllegalArgumentException("a stop string is empty");
    }
  }

  /**
   * Adds text.
   *
   * @param piece the text of the next token
   * @return the text that is known to belong to the output and was not returned before
   * @throws IllegalStateException if the text is already stopped
   */
  public String push(String piece) {
    if (stop != null) {
      throw new IllegalStateException("the text is stopped");
    }
    for (int i = 0; i < piece.length(); i++) {
      held.append(piece.charAt(i));
      stop = completed();
      if (stop != null) {
        held.setLength(held.length() - stop.length());
        return take(held.length());
      }
    }
    return take(held.length() - beginning());
  }

  /** The text that is held back; the sequence has ended without a stop string. */
  public String finish() {
    return take(held.length());
  }

  /** Whether a stop string was met. */
  public boolean stopped() {
    return stop != null;
  }

  /** The stop string that was met, or null. */
  public String stop() {
    return stop;
  }

  private String completed() {
    String longest = null;
    for (String candidate : stops) {
      if ((longest == null || candidate.length() > longest.length()) && endsWith(candidate)) {
        longest = candidate;
      }
    }
    return longest;
  }

  private boolean endsWith(String text) {
    return held.length() >= text.length() && held.indexOf(text, held.length() - text.length()) >= 0;
  }

  /** Length of the longest end of the held text that a stop string begins with. */
  private int beginning() {
    int longest = 0;
    for (String candidate : stops) {
      for (int n = Math.min(held.length(), candidate.length() - 1); n > longest; n--) {
        if (held.indexOf(candidate.substring(0, n), held.length() - n) >= 0) {
          longest = n;
        }
      }
    }
    return longest;
  }

  private String take(int length) {
    String text = held.substring(0, length);
    held.delete(0, length);
    return text;
  }
}
