package io.github.lora4j.lora;

/**
 * PEFT's {@code loftq_config}, for {@link LoraInit#LOFTQ}.
 *
 * @param bits {@code loftq_bits}; only 4 is supported
 * @param iterations {@code loftq_iter}, at least 1: how often the weights are quantized and what
 *     remains is decomposed
 */
public record LoftQConfig(int bits, int iterations) {
  /** PEFT's defaults: 4 bits, one iteration. */
  public static final LoftQConfig DEFAULT = new LoftQConfig(4, 1);

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException naming the field, in PEFT's spelling, and its value
   */
  public LoftQConfig {
    if (bits != 4) {
      throw new IllegalArgumentException("loftq_bits = " + bits + " is not supported, only 4");
    }
    if (iterations < 1) {
      throw new IllegalArgumentException("loftq_iter = " + iterations + " must be at least 1");
    }
  }
}
