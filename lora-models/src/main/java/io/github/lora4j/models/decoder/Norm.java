package io.github.lora4j.models.decoder;

import io.github.lora4j.autograd.LayerNorm;
import io.github.lora4j.autograd.RmsNorm;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;

/** A frozen normalisation. Immutable and thread-safe. */
public interface Norm {
  /** Normalises rows, or parts of them. */
  Var forward(Tape tape, Var x);

  /** Bytes of its values. */
  long bytes();

  /** RMSNorm, whose scale may be that of a head: every head is then normalised by itself. */
  record Rms(float[] gamma, float eps) implements Norm {
    @Override
    public Var forward(Tape tape, Var x) {
      return RmsNorm.apply(tape, x, gamma, eps);
    }

    @Override
    public long bytes() {
      return (long) Float.BYTES * gamma.length;
    }
  }

  /** LayerNorm. */
  record Layer(Var gamma, Var beta, float eps) implements Norm {
    @Override
    public Var forward(Tape tape, Var x) {
      return LayerNorm.apply(tape, x, gamma, beta, eps);
    }

    @Override
    public long bytes() {
      return (long) Float.BYTES * (gamma.value().size() + beta.value().size());
    }
  }
}
