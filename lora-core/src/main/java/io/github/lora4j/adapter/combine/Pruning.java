package io.github.lora4j.adapter.combine;

/** Which values of a tensor are left before tensors are added. */
enum Pruning {
  NONE,
  /** The largest ones. */
  MAGNITUDE,
  /** Some by chance, scaled up so that the sum stays the same on average. */
  RANDOM
}
