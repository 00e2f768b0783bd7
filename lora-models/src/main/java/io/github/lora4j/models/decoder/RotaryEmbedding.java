package io.github.lora4j.models.decoder;

import io.github.lora4j.autograd.Rotary;
import io.github.lora4j.tensor.Ragged;

/**
 * The angles by which queries and keys are rotated at a position. Immutable and thread-safe.
 *
 * <p>Angles are float32 products of position and frequency, as in transformers, so that both agree
 * at positions far out.
 */
public final class RotaryEmbedding {
  private final RotaryScaling scaling;
  private final int pairs;

  RotaryEmbedding(RotaryScaling scaling, int pairs) {
    this.scaling = scaling;
    this.pairs = pairs;
  }

  /**
   * The most tokens of a sequence whose angles do not depend on how many it has: up to here,
   * sequences that begin alike have the same keys there.
   */
  int steadyLength() {
    return scaling.steadyLength();
  }

  /**
   * The angles of all rows of a batch.
   *
   * @param positions of each row in its sequence, ascending within a sequence
   */
  Rotary.Angles angles(Ragged batch, int[] positions) {
    int rows = batch.rows();
    float[] cos = new float[rows * pairs];
    float[] sin = new float[rows * pairs];
    float factor = scaling.attentionFactor();
    for (int s = 0; s < batch.sequences(); s++) {
      int end = batch.start(s) + batch.length(s);
      if (batch.length(s) == 0) {
        continue;
      }
      float[] frequencies = scaling.frequencies(positions[end - 1] + 1);
      for (int r = batch.start(s); r < end; r++) {
        for (int i = 0; i < pairs; i++) {
          float angle = positions[r] * frequencies[i];
          cos[r * pairs + i] = (float) Math.cos(angle) * factor;
          sin[r * pairs + i] = (float) Math.sin(angle) * factor;
        }
      }
    }
    return new Rotary.Angles(cos, sin, pairs);
  }
}
