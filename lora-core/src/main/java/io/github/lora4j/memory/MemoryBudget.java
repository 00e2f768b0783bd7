package io.github.lora4j.memory;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The most memory that a process is to take.
 *
 * @param bytes above 0
 */
public record MemoryBudget(long bytes) {
  private static final Pattern FORM =
      Pattern.compile("(\\d{1,12})([kmg])", Pattern.CASE_INSENSITIVE);
  private static final double MEGABYTE = 1 << 20;

  /** Checks the range. */
  public MemoryBudget {
    if (bytes < 1) {
      throw new IllegalArgumentException("the memory budget is " + bytes + ", must be above 0");
    }
  }

  /**
   * Reads a number with a binary unit, as the JVM's own options: {@code 800m} or {@code 2g}.
   *
   * @throws IllegalArgumentException if it is anything else
   */
  public static MemoryBudget parse(String text) {
    Matcher form = FORM.matcher(text.strip());
    if (!form.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is no amount of memory; give a number with k, m or g, for example 800m");
    }
    int shift = 10 * (1 + "kmg".indexOf(form.group(2).toLowerCase(Locale.ROOT)));
    long number = Long.parseLong(form.group(1));
    if (number > Long.MAX_VALUE >> shift) {
      throw new IllegalArgumentException("'" + text + "' is too much memory");
    }
    return new MemoryBudget(number << shift);
  }

  /** True if the estimate is within it. */
  public boolean fits(MemoryEstimate estimate) {
    return estimate.total() <= bytes;
  }

  /** Bytes in words, in binary megabytes. */
  public static String words(long bytes) {
    return String.format(Locale.ROOT, "%.0f MB", Math.ceil(bytes / MEGABYTE));
  }
}
