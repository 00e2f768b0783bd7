package io.github.lora4j.models.classify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.adapter.SavedTensor;
import io.github.lora4j.autograd.CrossEntropy;
import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.KernelSet;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.lora.LowRank;
import io.github.lora4j.models.bert.GoldenBert;
import io.github.lora4j.models.bert.SequenceHead;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.models.encoder.TinyModel;
import io.github.lora4j.tensor.Ragged;
import io.github.lora4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * BERT, RoBERTa and DistilBERT with the classification heads of their checkpoints, against
 * transformers and PEFT in float64.
 */
class CheckpointHeadGoldenTest {
  private static final String PEFT_ROOT = "base_model.model.";

  @TempDir Path folder;

  static List<Arguments> familiesAndKernels() {
    List<Arguments> arguments = new ArrayList<>();
    for (KernelSet set : KernelSet.values()) {
      if (set.available()) {
        // How many tensors of the head PEFT trains: BERT's pooler belongs to the frozen base.
        arguments.add(Arguments.of("bert", "bert.", 2, set));
        arguments.add(Arguments.of("roberta", "roberta.", 4, set));
        arguments.add(Arguments.of("distilbert", "distilbert.", 4, set));
      }
    }
    return arguments;
  }

  private TextEncoder open(Compute compute, String family) throws IOException {
    Path model = TinyModel.write(family + "-classifier", folder.resolve("model"));
    return TextEncoder.open(compute, model.toString(), 16);
  }

  private static LoraAdapter adapter(String family, String prefix) {
    Path files = GoldenBert.directory(family + "-classifier").resolve("adapter");
    return PeftAdapterFiles.load("golden", files, prefix);
  }

  @ParameterizedTest
  @MethodSource("familiesAndKernels")
  void hiddenStatesAndLogits(String family, String prefix, int saved, KernelSet set)
      throws IOException {
    GoldenBert golden = new GoldenBert(family + "-classifier");
    List<int[]> sequences = golden.batch().sequences();
    try (Compute compute = new Compute(set, 2);
        TextEncoder base = open(compute, family);
        Tape tape = Tape.inference(compute)) {
      Ragged batch = Ragged.of(sequences);
      Var hidden = base.encoder().forward(tape, sequences, batch, ActiveAdapter.NONE);
      golden.assertClose("last_hidden_state", hidden.value().toArray(), 1e-5);
      ClassifierAdapter own = ClassifierAdapter.ofCheckpoint(base, "own");
      assertEquals(List.of("bad", "fair", "good"), own.labels());
      Var logits = TextClassifier.logits(tape, base, sequences, own);
      golden.assertClose("logits", logits.value().toArray(), 1e-5);
      ClassifierAdapter peft = ClassifierAdapter.bind(base, adapter(family, prefix));
      assertEquals(own.labels(), peft.labels());
      Var adapted = TextClassifier.logits(tape, base, sequences, peft);
      golden.assertClose("adapter/logits", adapted.value().toArray(), 1e-5);
    }
  }

  @ParameterizedTest
  @MethodSource("familiesAndKernels")
  void lossAndGradients(String family, String prefix, int saved, KernelSet set) throws IOException {
    GoldenBert golden = new GoldenBert(family + "-classifier");
    try (Compute compute = new Compute(set, 2);
        TextEncoder base = open(compute, family);
        Tape tape = Tape.training(compute, 0)) {
      assertEquals(prefix, base.classifierPrefix());
      LoraAdapter adapter = adapter(family, prefix);
      assertEquals(base.encoder().linearModules().keySet(), adapter.weights().keySet());
      List<Parameter> parameters = new ArrayList<>();
      Map<String, LowRank> updates = new HashMap<>();
      adapter
          .weights()
          .forEach(
              (module, w) -> {
                String name = prefix + module;
                Parameter a =
                    new Parameter(name + ".lora_A.weight", Tensor.of(w.a(), w.r(), w.in()));
                Parameter b =
                    new Parameter(name + ".lora_B.weight", Tensor.of(w.b(), w.out(), w.r()));
                parameters.addAll(List.of(a, b));
                updates.put(module, new LowRank(a, b, w.scaling(), 0));
              });
      CheckpointHead head = trainable(base.head().orElseThrow(), adapter.savedTensors());
      assertEquals(saved, head.parameters().size());
      assertEquals(adapter.savedTensors().keySet(), head.saved().keySet());
      parameters.addAll(head.parameters());
      ClassifierAdapter current =
          new ClassifierAdapter("x", updates::get, head, base.head().get().labels());
      Var logits = TextClassifier.logits(tape, base, golden.batch().sequences(), current);
      Var loss = CrossEntropy.apply(tape, logits, golden.batch().labels());
      assertEquals(golden.expected("adapter/loss")[0], loss.value().data()[0], 1e-5);
      tape.backward(loss);
      assertEquals(24 + saved, parameters.size());
      for (Parameter parameter : parameters) {
        golden.assertClose(
            "adapter/grad/" + PEFT_ROOT + parameter.name(), parameter.grad().toArray(), 1e-4);
      }
    }
  }

  /** A head to train, with the adapter's values instead of the checkpoint's. */
  private static CheckpointHead trainable(SequenceHead base, Map<String, SavedTensor> values) {
    CheckpointHead head = CheckpointHead.trainable(base);
    for (Parameter parameter : head.parameters()) {
      float[] to = parameter.value().data();
      float[] from = values.get(parameter.name()).values();
      assertTrue(to.length == from.length, parameter.name());
      System.arraycopy(from, 0, to, 0, to.length);
    }
    return head;
  }
}
