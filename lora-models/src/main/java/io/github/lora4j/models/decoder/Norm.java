package io.github.lora4j.models.decoder;

import io.github.lora4j.autograd.RmsNorm;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.lora.BatchAdapters;
import io.github.lora4j.lora.EachSegment;
import io.github.lora4j.lora.NormLayer;
import io.github.lora4j.lora.SavedModule;
import io.github.lora4j.memory.ShapeVar;

/**
 * A frozen normalisation, for which an adapter may have other values. Immutable and thread-safe.
 */
public interface Norm {
  /** Normalises rows, or parts of them. */
  Var forward(Tape tape, Var x, BatchAdapters adapters);

  /** The same by shape. */
  ShapeVar shape(ShapeVar x, ShapePass pass);

  /** Bytes of its values. */
  long bytes();

  /**
   * RMSNorm, whose scale may be that of a head: every head is then normalised by itself.
   *
   * @param name as in the checkpoint
   * @param gamma what rows are multiplied by
   * @param offset how much that is above what is stored
   */
  record Rms(String name, float[] gamma, float offset, float eps) implements Norm {
    @Override
    public Var forward(Tape tape, Var x, BatchAdapters adapters) {
      return EachSegment.apply(
          tape, x, adapters, a -> a.saved(name) != null, (rows, a) -> one(tape, rows, a));
    }

    private Var one(Tape tape, Var x, ActiveAdapter adapter) {
      SavedModule saved = adapter.saved(name);
      return RmsNorm.apply(tape, x, saved == null ? gamma : own(saved), eps);
    }

    @Override
    public ShapeVar shape(ShapeVar x, ShapePass pass) {
      return pass.ops().rmsNorm(x, gamma.length);
    }

    private float[] own(SavedModule saved) {
      float[] values = saved.weight().value().toArray();
      for (int i = 0; i < values.length; i++) {
        values[i] += offset;
      }
      return values;
    }

    @Override
    public long bytes() {
      return (long) Float.BYTES * gamma.length;
    }
  }

  /** LayerNorm. */
  record Layer(NormLayer layer) implements Norm {
    @Override
    public Var forward(Tape tape, Var x, BatchAdapters adapters) {
      return layer.forward(tape, x, adapters);
    }

    @Override
    public ShapeVar shape(ShapeVar x, ShapePass pass) {
      return pass.ops().layerNorm(x);
    }

    @Override
    public long bytes() {
      return (long) Float.BYTES * layer.size();
    }
  }
}
