package io.github.lora4j.memory;

/**
 * What a process takes beside the parts of a training. These are measured figures, not computed
 * ones.
 *
 * @param loading bytes of the virtual machine and its libraries while weights are read
 * @param training bytes of the same while it trains: with compiled code
 * @param garbage what the heap takes beyond what lives in it while it trains, as a share of that
 */
public record RuntimeMemory(long loading, long training, double garbage) {
  /** Nothing but the parts. */
  public static final RuntimeMemory NONE = new RuntimeMemory(0, 0, 0);
}
