package io.github.lora4j.models.decoder;

import io.github.lora4j.adapter.ModuleShape;
import io.github.lora4j.autograd.CrossEntropy;
import io.github.lora4j.autograd.FrozenCrossEntropy;
import io.github.lora4j.autograd.ReplacedColumns;
import io.github.lora4j.autograd.Softcap;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.lora.AdapterSegment;
import io.github.lora4j.lora.BatchAdapters;
import io.github.lora4j.lora.EachSegment;
import io.github.lora4j.lora.LinearLayer;
import io.github.lora4j.lora.TokenRows;
import io.github.lora4j.memory.ShapeOps;
import io.github.lora4j.memory.ShapeOps.Update;
import io.github.lora4j.memory.ShapeVar;
import io.github.lora4j.tensor.FrozenMatrix;
import java.util.List;
import java.util.Map;

/**
 * What makes logits out of hidden states. Immutable and thread-safe.
 *
 * @param layer {@code [vocab, hidden]}
 * @param softcap keeps logits between -softcap and softcap; 0 for none
 * @param embeddings the name of the token embeddings
 * @param tied whether its weight is that of the token embeddings
 */
public record LanguageHead(LinearLayer layer, float softcap, String embeddings, boolean tied) {

  /** From {@code [rows, hidden]} to {@code [rows, vocab]}. */
  Var logits(Tape tape, Var hidden, BatchAdapters adapters) {
    Var logits = uncapped(tape, hidden, adapters);
    if (softcap > 0 && logits.requiresGrad()) {
      return Softcap.apply(tape, logits, softcap);
    }
    if (softcap > 0) {
      Softcap.apply(logits.value().data(), 0, logits.value().size(), softcap);
    }
    return logits;
  }

  private Var uncapped(Tape tape, Var hidden, BatchAdapters adapters) {
    List<AdapterSegment> segments = adapters.segments(hidden.value().rows());
    if (segments.stream().noneMatch(segment -> replacesRows(segment.adapter()))) {
      return layer.forward(tape, hidden, adapters);
    }
    return EachSegment.apply(
        tape, hidden, adapters, a -> true, (rows, adapter) -> uncapped(tape, rows, adapter));
  }

  /** True if rows of the output layer are others with this adapter, or all of them. */
  private boolean replacesRows(ActiveAdapter adapter) {
    return tokenRows(adapter) != null || weight(adapter) != layer.weight();
  }

  private Var uncapped(Tape tape, Var hidden, ActiveAdapter adapter) {
    LinearLayer own = new LinearLayer(layer.name(), weight(adapter), layer.bias());
    Var logits = own.forward(tape, hidden, adapter);
    TokenRows tokens = tokenRows(adapter);
    return tokens == null
        ? logits
        : ReplacedColumns.apply(tape, logits, hidden, tokens.tokens(), tape.use(tokens.rows()));
  }

  /** Tokens that are trained are so in a shared weight too, but for those that have rows there. */
  private TokenRows tokenRows(ActiveAdapter adapter) {
    TokenRows own = adapter.tokenRows(layer.name());
    return own == null && tied ? adapter.tokenRows(embeddings) : own;
  }

  private FrozenMatrix weight(ActiveAdapter adapter) {
    FrozenMatrix own = adapter.baseWeight(layer.name());
    if (own == null && tied) {
      own = adapter.baseWeight(embeddings);
    }
    return own == null ? layer.weight() : own;
  }

  /** The sum of the cross-entropy of all rows, divided by {@code divisor}. */
  Var loss(Tape tape, Var hidden, int[] labels, double divisor, ActiveAdapter adapter) {
    boolean plain =
        adapter.lowRank(layer.name()) == null
            && adapter.saved(layer.name()) == null
            && tokenRows(adapter) == null;
    return plain
        ? FrozenCrossEntropy.apply(
            tape, hidden, weight(adapter), layer.bias(), softcap, labels, divisor)
        : CrossEntropy.apply(tape, logits(tape, hidden, adapter), labels, divisor);
  }

  /** What {@link #loss} takes, by shape. */
  ShapeVar lossShape(ShapeOps ops, ShapeVar hidden, Map<String, Update> updates) {
    Update update = updates.get(layer.name());
    FrozenMatrix output = layer.weight();
    if (update == null) {
      return ops.frozenCrossEntropy(hidden, output.out(), softcap > 0);
    }
    ShapeVar logits = ops.linear(hidden, new ModuleShape(output.out(), output.in()), update);
    return ops.crossEntropy(softcap > 0 ? ops.activate(logits) : logits);
  }
}
