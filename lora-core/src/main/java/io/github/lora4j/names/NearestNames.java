package io.github.lora4j.names;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Finds the known names that are closest to one that was not found, for error messages.
 *
 * <p>Dotted names are compared by their last segments, as many as the wanted name has, because
 * users write {@code qurey} where the model has {@code encoder.layer.0.attention.self.query}. The
 * distance is Levenshtein's. Stateless and thread-safe.
 */
public final class NearestNames {

  /** Longer names are not compared letter by letter: a suggestion is not worth the time. */
  private static final int LONGEST_COMPARED = 500;

  private NearestNames() {}

  /**
   * The closest known names, best first, with names that compare alike (the same layer in other
   * blocks) given once.
   *
   * @param wanted the name that was not found
   * @param known the names that exist
   * @param limit how many to return at most, at least 0
   */
  public static List<String> of(String wanted, Collection<String> known, int limit) {
    int segments = (int) wanted.chars().filter(c -> c == '.').count() + 1;
    record Candidate(String name, String tail, int distance) {}
    List<Candidate> candidates = new ArrayList<>();
    for (String name : known) {
      String tail = lastSegments(name, segments);
      candidates.add(new Candidate(name, tail, distance(wanted, tail)));
    }
    candidates.sort(Comparator.comparingInt(Candidate::distance));
    List<String> tails = new ArrayList<>();
    List<String> nearest = new ArrayList<>();
    for (Candidate candidate : candidates) {
      if (nearest.size() >= limit) {
        break;
      }
      if (!tails.contains(candidate.tail)) {
        tails.add(candidate.tail);
        nearest.add(candidate.name);
      }
    }
    return List.copyOf(nearest);
  }

  private static String lastSegments(String name, int segments) {
    int from = name.length();
    for (int i = 0; i < segments && from >= 0; i++) {
      from = name.lastIndexOf('.', from - 1);
    }
    return name.substring(from + 1);
  }

  private static int distance(String a, String b) {
    if (a.length() > LONGEST_COMPARED || b.length() > LONGEST_COMPARED) {
      return Math.max(a.length(), b.length());
    }
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
