package io.github.lora4j.models.bert;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.autograd.CrossEntropy;
import io.github.lora4j.autograd.Linear;
import io.github.lora4j.autograd.MeanPooling;
import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.lora.LowRank;
import io.github.lora4j.tensor.Ragged;
import io.github.lora4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The golden encoder with the golden adapter and head as parameters. */
final class GoldenClassifier {
  private final Compute compute;
  private final BertEncoder encoder;
  private final Map<String, LowRank> updates = new HashMap<>();
  private final ActiveAdapter adapter = updates::get;
  private final List<Parameter> parameters = new ArrayList<>();
  private final Parameter weight;
  private final Parameter bias;

  GoldenClassifier(Compute compute, GoldenBert files, String adapterCase) {
    this.compute = compute;
    encoder = files.encoder(compute);
    LoraAdapter golden = files.adapter(adapterCase);
    golden
        .weights()
        .forEach(
            (module, w) -> {
              Parameter a = parameter(module + ".lora_A.weight", Tensor.of(w.a(), w.r(), w.in()));
              Parameter b = parameter(module + ".lora_B.weight", Tensor.of(w.b(), w.out(), w.r()));
              updates.put(module, new LowRank(a, b, w.scaling(), 0));
            });
    float[] head = files.floats(adapterCase + "/head.weight");
    int hidden = encoder.config().hiddenSize();
    weight = parameter("head.weight", Tensor.of(head, head.length / hidden, hidden));
    float[] offsets = files.floats(adapterCase + "/head.bias");
    bias = parameter("head.bias", Tensor.of(offsets, offsets.length));
  }

  private Parameter parameter(String name, Tensor value) {
    Parameter parameter = new Parameter(name, value);
    parameters.add(parameter);
    return parameter;
  }

  List<Parameter> parameters() {
    return parameters;
  }

  Map<String, LowRank> updates() {
    return updates;
  }

  private Var logits(Tape tape, List<int[]> sequences) {
    Ragged batch = Ragged.of(sequences);
    Var hidden = encoder.forward(tape, sequences, batch, adapter);
    return Linear.apply(tape, MeanPooling.apply(tape, hidden, batch), weight, bias);
  }

  float[] logits(List<int[]> sequences) {
    try (Tape tape = Tape.inference(compute)) {
      return logits(tape, sequences).value().toArray();
    }
  }

  /** The mean loss; its gradients are added to the parameters. */
  double backward(GoldenBert.Batch batch) {
    try (Tape tape = Tape.training(compute, 0)) {
      Var loss = CrossEntropy.apply(tape, logits(tape, batch.sequences()), batch.labels());
      double value = loss.value().data()[0];
      tape.backward(loss);
      return value;
    }
  }
}
