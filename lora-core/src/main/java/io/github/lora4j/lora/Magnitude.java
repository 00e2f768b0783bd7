package io.github.lora4j.lora;

import io.github.lora4j.autograd.DoraLinear;
import io.github.lora4j.autograd.LowRankEmbedding;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Tensor;

/**
 * What DoRA adds to a low-rank update: the length that each row of the updated weight has. The
 * lengths before, by which it is divided, are computed once for an adapter that does not learn.
 * Thread-safe if the vector does not change.
 */
public final class Magnitude {
  private final Var vector;

  /** The norms over the weight at which this was used last. */
  private volatile Known known;

  private record Known(FrozenMatrix weight, float[] norms) {}

  /**
   * @param vector {@code [out]}
   */
  public Magnitude(Var vector) {
    this.vector = vector;
  }

  /** The lengths, {@code [out]}. */
  public Var vector() {
    return vector;
  }

  /** The lengths of the rows of {@code W + scaling * B A}. */
  float[] norms(Compute compute, FrozenMatrix weight, LowRank update) {
    return norms(DoraLinear::norms, compute, weight, update);
  }

  /** The lengths of the columns of {@code table + scaling * (B A)ᵀ}, for embeddings. */
  float[] columnNorms(Compute compute, FrozenMatrix table, LowRank update) {
    return norms(LowRankEmbedding::norms, compute, table, update);
  }

  private interface Norms {
    float[] of(Compute compute, FrozenMatrix weight, Tensor a, Tensor b, float scaling);
  }

  private float[] norms(Norms rule, Compute compute, FrozenMatrix weight, LowRank update) {
    Known last = known;
    if (last != null && last.weight == weight) {
      return last.norms;
    }
    float[] norms =
        rule.of(compute, weight, update.a().value(), update.b().value(), update.scaling());
    if (!update.a().requiresGrad() && !update.b().requiresGrad()) {
      known = new Known(weight, norms);
    }
    return norms;
  }

  /** What each output is multiplied by: the lengths that rows have over those they would have. */
  float[] factors(Compute compute, FrozenMatrix weight, LowRank update) {
    return DoraLinear.factors(vector.value(), norms(compute, weight, update));
  }
}
