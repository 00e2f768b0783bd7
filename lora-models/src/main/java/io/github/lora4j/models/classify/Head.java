package io.github.lora4j.models.classify;

import io.github.lora4j.adapter.SavedTensor;
import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.tensor.Ragged;
import java.util.List;
import java.util.Map;

/** From texts to the logits of their labels. */
interface Head {
  /**
   * The logits.
   *
   * @return {@code [texts, labels]}
   */
  default Var logits(Tape tape, TextEncoder base, List<int[]> sequences, ActiveAdapter adapter) {
    Ragged batch = Ragged.of(sequences);
    Var pooled =
        tape.scope(
            () -> pooled(tape, base.encoder().forward(tape, sequences, batch, adapter), batch));
    return logits(tape, pooled);
  }

  /**
   * One vector for each text.
   *
   * @param hidden {@code [batch.rows(), hidden]}
   * @return {@code [texts, hidden]}
   */
  Var pooled(Tape tape, Var hidden, Ragged batch);

  /** The logits of the vectors of texts. */
  Var logits(Tape tape, Var pooled);

  /** How adapters with this head say how token states become one vector. */
  String pooling();

  /** The modules that an adapter saves of it. */
  List<String> modulesToSave();

  /** What is trained of it; empty for one that is not to be trained. */
  List<Parameter> parameters();

  /** A copy of the current values of the parameters. */
  Map<String, SavedTensor> saved();

  /** Whether a tensor of an adapter, by its name in PEFT's file, is of this head. */
  default boolean takes(String tensor) {
    return modulesToSave().stream().anyMatch(module -> tensor.startsWith(module + "."));
  }
}
