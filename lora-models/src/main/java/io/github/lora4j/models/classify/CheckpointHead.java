package io.github.lora4j.models.classify;

import io.github.lora4j.adapter.SavedTensor;
import io.github.lora4j.autograd.Activate;
import io.github.lora4j.autograd.FirstPooling;
import io.github.lora4j.autograd.Linear;
import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.models.bert.HeadNames;
import io.github.lora4j.models.bert.SequenceHead;
import io.github.lora4j.tensor.Ragged;
import io.github.lora4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The head of transformers' {@code ForSequenceClassification} models: over the first token, with a
 * square layer before the one to the logits. It is the checkpoint's own, or one trained from it.
 *
 * @param denseWeight {@code [hidden, hidden]}
 * @param denseBias {@code [hidden]}
 * @param outWeight {@code [labels, hidden]}
 * @param outBias {@code [labels]}
 */
record CheckpointHead(HeadNames names, Var denseWeight, Var denseBias, Var outWeight, Var outBias)
    implements Head {
  /** How adapters with such a head say how token states become one vector. */
  static final String POOLING = "cls";

  /** The checkpoint's own. */
  static CheckpointHead of(SequenceHead head) {
    return new CheckpointHead(
        head.names(),
        Var.constant(head.denseWeight()),
        Var.constant(head.denseBias()),
        Var.constant(head.outWeight()),
        Var.constant(head.outBias()));
  }

  /** One to train, which starts as the checkpoint's. */
  static CheckpointHead trainable(SequenceHead head) {
    HeadNames names = head.names();
    boolean dense = names.savesDense();
    return new CheckpointHead(
        names,
        dense ? copy(weight(names.dense()), head.denseWeight()) : Var.constant(head.denseWeight()),
        dense ? copy(bias(names.dense()), head.denseBias()) : Var.constant(head.denseBias()),
        copy(weight(names.out()), head.outWeight()),
        copy(bias(names.out()), head.outBias()));
  }

  /**
   * That of a saved adapter; what it does not hold is the checkpoint's.
   *
   * @param denseBias takes the place of the checkpoint's where the square layer itself stays, or
   *     null
   * @throws IllegalArgumentException if a tensor is missing or of another shape
   */
  static CheckpointHead of(
      String adapter,
      Map<String, SavedTensor> saved,
      SavedTensor denseBias,
      int labels,
      SequenceHead base) {
    HeadNames names = base.names();
    int hidden = base.denseBias().size();
    SavedHead tensors = new SavedHead(adapter, saved);
    boolean dense = saved.containsKey(weight(names.dense()));
    return new CheckpointHead(
        names,
        dense
            ? tensors.constant(weight(names.dense()), hidden, hidden)
            : Var.constant(base.denseWeight()),
        dense
            ? tensors.constant(bias(names.dense()), hidden)
            : Var.constant(
                denseBias == null ? base.denseBias() : Tensor.of(denseBias.values(), hidden)),
        tensors.constant(weight(names.out()), labels, hidden),
        tensors.constant(bias(names.out()), labels));
  }

  private static Parameter copy(String name, Tensor start) {
    Tensor copy = Tensor.of(start.toArray(), start.shape());
    return new Parameter(name, copy);
  }

  private static String weight(String module) {
    return module + ".weight";
  }

  private static String bias(String module) {
    return module + ".bias";
  }

  @Override
  public Var pooled(Tape tape, Var hidden, Ragged batch) {
    return FirstPooling.apply(tape, hidden, batch);
  }

  @Override
  public Var logits(Tape tape, Var pooled) {
    Var dense = Linear.apply(tape, pooled, tape.use(denseWeight), tape.use(denseBias));
    Var active = Activate.apply(tape, dense, names.activation());
    return Linear.apply(tape, active, tape.use(outWeight), tape.use(outBias));
  }

  @Override
  public String pooling() {
    return POOLING;
  }

  @Override
  public List<String> modulesToSave() {
    return names.modulesToSave();
  }

  @Override
  public boolean takes(String tensor) {
    return Head.super.takes(tensor) || tensor.startsWith(names.dense() + ".");
  }

  @Override
  public List<Parameter> parameters() {
    List<Parameter> parameters = new ArrayList<>();
    for (Var value : List.of(denseWeight, denseBias, outWeight, outBias)) {
      if (value instanceof Parameter parameter) {
        parameters.add(parameter);
      }
    }
    return parameters;
  }

  @Override
  public Map<String, SavedTensor> saved() {
    Map<String, SavedTensor> saved = new LinkedHashMap<>();
    parameters().forEach(p -> saved.put(p.name(), SavedHead.copy(p)));
    return saved;
  }
}
