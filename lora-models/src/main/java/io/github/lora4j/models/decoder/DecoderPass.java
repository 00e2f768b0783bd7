package io.github.lora4j.models.decoder;

import io.github.lora4j.autograd.GatherRows;
import io.github.lora4j.autograd.Rotary;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.lora.BatchAdapters;
import java.util.IdentityHashMap;
import java.util.Map;

/** One call of a decoder: what all layers share. For one thread. */
final class DecoderPass {
  private final DecoderBatch batch;
  private final BatchAdapters adapters;
  private final Map<RotaryEmbedding, Rotary.Angles> angles;
  private final int[] rows;
  private final BatchAdapters rowAdapters;

  private DecoderPass(
      DecoderBatch batch,
      BatchAdapters adapters,
      Map<RotaryEmbedding, Rotary.Angles> angles,
      int[] rows,
      BatchAdapters rowAdapters) {
    this.batch = batch;
    this.adapters = adapters;
    this.angles = angles;
    this.rows = rows;
    this.rowAdapters = rowAdapters;
  }

  DecoderPass(DecoderBatch batch, BatchAdapters adapters) {
    this(batch, adapters, new IdentityHashMap<>(), null, adapters);
  }

  /**
   * The same for the last layer, of which only some rows are asked for.
   *
   * @param rows which rows
   * @param rowAdapters those of these rows
   */
  DecoderPass narrowed(int[] rows, BatchAdapters rowAdapters) {
    return new DecoderPass(batch, adapters, angles, rows, rowAdapters);
  }

  /** What goes on once tokens have seen each other: the rows that are asked for. */
  Var kept(Tape tape, Var x) {
    return rows == null ? x : GatherRows.apply(tape, x, rows);
  }

  /** The adapters of what {@link #kept} gives. */
  BatchAdapters keptAdapters() {
    return rowAdapters;
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
