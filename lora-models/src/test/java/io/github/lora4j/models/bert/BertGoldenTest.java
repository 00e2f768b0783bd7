package io.github.lora4j.models.bert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.lora4j.autograd.MeanPooling;
import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.KernelSet;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.optim.AdamW;
import io.github.lora4j.optim.AdamWConfig;
import io.github.lora4j.tensor.Ragged;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Against transformers and PEFT, for each set of kernels that this JVM can run: in float64, and
 * with 4-bit weights in the float32 of bitsandbytes.
 */
class BertGoldenTest {
  /** PEFT's root and nothing between: the wrapped model was the encoder itself. */
  private static final String PEFT_ROOT = "base_model.model.";

  static List<Arguments> casesAndKernels() {
    List<Arguments> arguments = new ArrayList<>();
    for (KernelSet set : KernelSet.values()) {
      if (set.available()) {
        arguments.add(Arguments.of("bert-tiny", "query_value", 4, set));
        arguments.add(Arguments.of("bert-tiny", "all_linear", 12, set));
        arguments.add(Arguments.of("bert-nf4", "all_linear", 12, set));
      }
    }
    return arguments;
  }

  @ParameterizedTest
  @MethodSource("casesAndKernels")
  void hiddenStatesAndPooling(String model, String name, int modules, KernelSet set) {
    try (Compute compute = new Compute(set, 2)) {
      GoldenBert golden = new GoldenBert(model);
      BertEncoder encoder = golden.encoder(compute);
      List<int[]> sequences = golden.batch().sequences();
      Ragged batch = Ragged.of(sequences);
      try (Tape tape = Tape.inference(compute)) {
        Var hidden = encoder.forward(tape, sequences, batch, ActiveAdapter.NONE);
        golden.assertClose("last_hidden_state", hidden.value().toArray(), 1e-5);
        float[] pooled = MeanPooling.apply(tape, hidden, batch).value().toArray();
        golden.assertClose("mean_pooled", pooled, 1e-5);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("casesAndKernels")
  void logitsLossAndGradients(String model, String name, int modules, KernelSet set) {
    try (Compute compute = new Compute(set, 2)) {
      GoldenBert golden = new GoldenBert(model);
      GoldenClassifier classifier = new GoldenClassifier(compute, golden, name);
      assertEquals(modules, classifier.updates().size());
      golden.assertClose(name + "/logits", classifier.logits(golden.batch().sequences()), 1e-5);
      double loss = classifier.backward(golden.batch());
      assertEquals(golden.expected(name + "/loss")[0], loss, 1e-5);
      assertEquals(2 * modules + 2, classifier.parameters().size());
      for (Parameter parameter : classifier.parameters()) {
        String key = parameter.name().startsWith("head.") ? "" : PEFT_ROOT;
        golden.assertClose(
            name + "/grad/" + key + parameter.name(), parameter.grad().toArray(), 1e-4);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("casesAndKernels")
  void theTrainingCurve(String model, String name, int modules, KernelSet set) {
    try (Compute compute = new Compute(set, 2)) {
      GoldenBert golden = new GoldenBert(model);
      JsonNode training = golden.training();
      GoldenClassifier classifier = new GoldenClassifier(compute, golden, name);
      AdamW optimiser = new AdamW(classifier.parameters(), config(training));
      double[] expected = golden.expected(name + "/train_loss");
      assertEquals(training.get("steps").asInt(), expected.length);
      JsonNode batches = training.get("batches");
      for (int step = 0; step < expected.length; step++) {
        optimiser.zeroGrad();
        double loss = classifier.backward(GoldenBert.batch(batches.get(step % batches.size())));
        assertEquals(expected[step], loss, 1e-4 * expected[step], "loss before step " + step);
        optimiser.step(training.get("learning_rate").asDouble());
      }
      assertTrue(expected[expected.length - 1] < expected[0], Arrays.toString(expected));
    }
  }

  private static AdamWConfig config(JsonNode training) {
    return new AdamWConfig(
        training.get("betas").get(0).asDouble(),
        training.get("betas").get(1).asDouble(),
        training.get("eps").asDouble(),
        training.get("weight_decay").asDouble());
  }
}
