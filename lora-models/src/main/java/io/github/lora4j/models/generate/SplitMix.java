package io.github.lora4j.models.generate;

/**
 * The generator SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
 * generators", 2014), written out so that a seed means the same on every version of Java.
 */
final class SplitMix {
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  private long state;

  /** Sequences of one seed have generators of their own. */
  SplitMix(long seed, long sequence) {
    state = mix(mix(seed + GOLDEN) + sequence * GOLDEN);
  }

  private SplitMix(SplitMix other) {
    state = other.state;
  }

  SplitMix copy() {
    return new SplitMix(this);
  }

  /** Uniform in [0, 1), with 53 bits. */
  double nextDouble() {
    state += GOLDEN;
    return (mix(state) >>> 11) * 0x1p-53;
  }

  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
