package io.github.lora4j.models.jinja;

/**
 * What one rendering may use, so that no template can hang or fill the memory.
 *
 * @param steps evaluated expressions, and elements of lists that are made
 * @param characters of the result, and of any text on the way
 */
public record JinjaLimits(long steps, long characters) {
  /** Enough for long conversations: three million steps, 16 million characters. */
  public static final JinjaLimits DEFAULT = new JinjaLimits(3_000_000, 1 << 24);

  public JinjaLimits {
    if (steps < 1 || characters < 1) {
      throw new IllegalArgumentException("limits are " + steps + " and " + characters);
    }
  }
}
