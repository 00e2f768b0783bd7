package io.github.lora4j.models.decoder;

import io.github.lora4j.autograd.Rotary;
import io.github.lora4j.lora.BatchAdapters;
import java.util.IdentityHashMap;
import java.util.Map;

/** One call of a decoder: what all layers share. For one thread. */
final class DecoderPass {
  private final DecoderBatch batch;
  private final BatchAdapters adapters;
  private final Map<RotaryEmbedding, Rotary.Angles> angles = new IdentityHashMap<>();

  DecoderPass(DecoderBatch batch, BatchAdapters adapters) {
    this.batch = batch;
    this.adapters = adapters;
  }

  DecoderBatch batch() {
    return batch;
  }

  BatchAdapters adapters() {
    return adapters;
  }

  Rotary.Angles angles(RotaryEmbedding rotary) {
    return angles.computeIfAbsent(rotary, r -> r.angles(batch.rows(), batch.positions()));
  }
}
