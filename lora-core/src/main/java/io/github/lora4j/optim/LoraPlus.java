package io.github.lora4j.optim;

import io.github.lora4j.autograd.Parameter;

/**
 * LoRA+ (Hayou et al., "LoRA+: Efficient Low Rank Adaptation of Large Models", 2024): B learns
 * faster than A. The groups are those of PEFT 0.21's {@code create_loraplus_optimizer}: vectors
 * learn as B does, biases have no weight decay, and updates of embeddings learn at a rate of their
 * own. A ratio of 1 changes nothing.
 */
final class LoraPlus {
  private static final String B = "lora_B";
  private static final String BIAS = "bias";
  private static final String EMBEDDING = "lora_embedding_";

  /** PEFT's {@code loraplus_lr_embedding}, whatever the rate of A is. */
  private static final double EMBEDDING_RATE = 1e-6;

  private LoraPlus() {}

  /** The learning rate of a parameter where that of A is {@code learningRate}. */
  static double learningRate(AdamWConfig config, double learningRate, Parameter parameter) {
    if (config.loraPlusRatio() != 1 && parameter.name().contains(EMBEDDING)) {
      return EMBEDDING_RATE;
    }
    return isFast(parameter) ? learningRate * config.loraPlusRatio() : learningRate;
  }

  /** The settings for a parameter. */
  static AdamWConfig config(AdamWConfig config, Parameter parameter) {
    boolean plain = config.loraPlusRatio() == 1;
    return !plain && isFast(parameter) && parameter.name().contains(BIAS)
        ? config.withWeightDecay(0)
        : config;
  }

  private static boolean isFast(Parameter parameter) {
    return parameter.name().contains(B) || parameter.value().shape().length == 1;
  }
}
