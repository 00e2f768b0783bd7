package io.github.lora4j.models.decoder;

import io.github.lora4j.autograd.Attention;
import io.github.lora4j.autograd.AttentionRules;
import io.github.lora4j.autograd.CachedAttention;
import io.github.lora4j.autograd.Rotary;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.lora.LinearLayer;
import io.github.lora4j.memory.ShapeVar;
import io.github.lora4j.tensor.Ragged;
import java.util.ArrayList;
import java.util.List;

/**
 * Causal self-attention. Immutable and thread-safe.
 *
 * @param layer its number, from 0
 * @param headSize features of a head
 * @param projections queries, keys and values
 * @param queryNorm of each query head, or null
 * @param keyNorm of each key head, or null
 * @param rotary null where positions come in elsewhere
 * @param rules how scores are computed
 * @param output the projection of what all heads saw
 */
public record SelfAttention(
    int layer,
    int headSize,
    Projections projections,
    Norm queryNorm,
    Norm keyNorm,
    RotaryEmbedding rotary,
    AttentionRules rules,
    LinearLayer output) {

  /** From {@code [rows, hidden]} to the rows that the pass keeps. */
  Var forward(Tape tape, Var x, DecoderPass pass) {
    Projections.Heads heads = projections.forward(tape, x, pass.adapters());
    Var q =
        queryNorm == null
            ? heads.queries()
            : queryNorm.forward(tape, heads.queries(), pass.adapters());
    Var k = keyNorm == null ? heads.keys() : keyNorm.forward(tape, heads.keys(), pass.adapters());
    if (rotary != null) {
      q = rotated(tape, q, pass.angles(rotary));
      k = rotated(tape, k, pass.angles(rotary));
    }
    Var seen = pass.kept(tape, attend(tape, q, k, heads.values(), pass.batch()));
    return output.forward(tape, seen, pass.keptAdapters());
  }

  /** The same by shape. */
  ShapeVar shape(ShapeVar x, ShapePass pass) {
    Projections.HeadShapes heads = projections.shape(x, pass);
    ShapeVar q = queryNorm == null ? heads.queries() : queryNorm.shape(heads.queries(), pass);
    ShapeVar k = keyNorm == null ? heads.keys() : keyNorm.shape(heads.keys(), pass);
    if (rotary != null) {
      q = rotated(q, pass);
      k = rotated(k, pass);
    }
    ShapeVar seen =
        pass.ops()
            .attention(
                q,
                k,
                heads.values(),
                pass.runs(),
                headSize,
                rules.heads(),
                rules.kvHeads(),
                rules.softcap() > 0);
    return pass.linear(pass.kept(seen), output);
  }

  private static ShapeVar rotated(ShapeVar x, ShapePass pass) {
    ShapeVar y = pass.ops().rotary(x);
    pass.forget(x);
    return y;
  }

  private Var rotated(Tape tape, Var x, Rotary.Angles angles) {
    Var y = Rotary.apply(tape, x, angles, headSize);
    tape.forget(x);
    return y;
  }

  private Var attend(Tape tape, Var q, Var k, Var v, DecoderBatch batch) {
    if (batch.caches() == null) {
      return Attention.apply(tape, q, k, v, batch.runs(), rules);
    }
    Ragged rows = batch.rows();
    List<CachedAttention.Keys> keys = new ArrayList<>(rows.sequences());
    for (int s = 0; s < rows.sequences(); s++) {
      keys.add(
          batch
              .caches()
              .get(s)
              .append(layer, k.value().data(), v.value().data(), rows.start(s), rows.length(s)));
    }
    return CachedAttention.apply(tape, q, rows, keys, rules);
  }
}
