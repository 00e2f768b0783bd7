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
  EVA("eva"),
  /**
   * PiSSA (Meng et al., 2024, arXiv 2404.02948): scaling * BA is the best approximation of the
   * weight of its rank, and what is trained over is the weight without it, see {@link
   * TakenFromBase}.
   */
  PISSA("pissa"),
  /**
   * PiSSA with an approximate decomposition, which takes less time; PEFT's {@code pissa_niter_N}. N
   * is {@link LoraConfig#pissaIterations}.
   */
  PISSA_NITER("pissa_niter_"),
  /**
   * OLoRA (Büyükakyüz, 2024, arXiv 2406.01775): B and A are the first columns of Q and rows of R of
   * the weight, and what is trained over is the weight without scaling * BA.
   */
  OLORA("olora");

  private final Object value;

  LoraInit(Object value) {
    this.value = value;
  }

  /**
   * Whether BA starts as a part of the weight, which is taken out of the base. Such an A and B fit
   * no ordinary base.
   */
  public boolean takesFromBase() {
    return this == PISSA || this == PISSA_NITER || this == OLORA;
  }

  /**
   * PEFT's value: a {@link Boolean} or a string, for {@link #PISSA_NITER} without the number at its
   * end.
   */
  public Object value() {
    return value;
  }
}
