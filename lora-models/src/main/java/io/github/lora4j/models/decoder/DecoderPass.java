package io.github.lora4j.models.decoder;

import io.github.lora4j.autograd.Rotary;
import io.github.lora4j.lora.ActiveAdapter;
import java.util.IdentityHashMap;
import java.util.Map;

/** One call of a decoder: what all layers share. For one thread. */
final class DecoderPass {
  private final DecoderBatch batch;
  private final ActiveAdapter adapter;
  private final Map<RotaryEmbedding, Rotary.Angles> angles = new IdentityHashMap<>();

  DecoderPass(DecoderBatch batch, ActiveAdapter adapter) {
    this.batch = batch;
    this.adapter = adapter;
  }

  DecoderBatch batch() {
    return batch;
  }

  ActiveAdapter adapter() {
    return adapter;
  }

  Rotary.Angles angles(RotaryEmbedding rotary) {
    return angles.computeIfAbsent(rotary, r -> r.angles(batch.rows(), batch.positions()));
  }
}
