package io.github.lora4j.lora;

/** How A and B start, PEFT's {@code init_lora_weights}. */
public enum LoraInit {
  /** PEFT's {@code true}: A is Kaiming-uniform with a = sqrt 5, B is zero. */
  KAIMING(true),
  /** PEFT's {@code false}: A and B are Kaiming-uniform, so the adapter is not neutral at first. */
  RANDOM(false),
  /** A is normal with a standard deviation of 1 / r, B is zero. */
  GAUSSIAN("gaussian"),
  /** A and B are parts of an orthogonal basis, so that BA is zero at first. */
  ORTHOGONAL("orthogonal"),
  /**
   * LoftQ (Li et al., 2023): BA is the best approximation of what the quantization of the base took
   * away. It needs the weights of the base, see {@code LoftQ} in lora-quant.
   */
  LOFTQ("loftq"),
  /**
   * EVA (Paischer et al., 2024): A is found in what goes through the layers for some data, B is
   * zero. Adapters that PEFT started so can be loaded, but none started here.
   */
  EVA("eva");

  private final Object value;

  LoraInit(Object value) {
    this.value = value;
  }

  /** PEFT's value: a {@link Boolean} or a string. */
  public Object value() {
    return value;
  }
}
