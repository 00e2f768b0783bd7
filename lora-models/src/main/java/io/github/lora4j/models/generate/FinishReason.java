package io.github.lora4j.models.generate;

/** Why a sequence ended. */
public enum FinishReason {
  /** The model ended it, or a stop string came, or its listener had enough. */
  STOP,
  /** It reached the most tokens that were asked for. */
  LENGTH,
  /** The context of the model is full. */
  CONTEXT,
  /** Somebody cancelled it. */
  CANCELLED,
  /** Choosing a token or the listener failed. */
  FAILED
}
