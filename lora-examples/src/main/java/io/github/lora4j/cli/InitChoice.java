package io.github.lora4j.cli;

import io.github.lora4j.lora.LoraConfigBuilder;
import io.github.lora4j.lora.LoraInit;

/**
 * A start of A and B.
 *
 * @param init which
 * @param iterations N of {@code pissa_niter_N}, otherwise null
 */
record InitChoice(LoraInit init, Integer iterations) {
  /** Sets it. */
  LoraConfigBuilder in(LoraConfigBuilder config) {
    return iterations == null ? config.initLoraWeights(init) : config.pissaNiter(iterations);
  }
}
