package io.github.lora4j.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Against trajectories of {@code torch.optim.AdamW} in float32. */
class AdamWTest {
  private static final GoldenAdamW GOLDEN = GoldenAdamW.read();

  @TestFactory
  Stream<DynamicTest> trajectoriesAreThoseOfPyTorch() {
    List<JsonNode> configs = GOLDEN.list("configs");
    assertEquals(9, configs.size());
    return configs.stream()
        .map(c -> DynamicTest.dynamicTest(c.get("name").asText(), () -> checkTrajectory(c)));
  }

  private static void checkTrajectory(JsonNode config) {
    String name = config.get("name").asText();
    List<Parameter> parameters = GOLDEN.parameters();
    AdamW optimiser = new AdamW(parameters, adamWConfig(config));
    for (int step = 0; step < GOLDEN.steps(); step++) {
      GOLDEN.setGradients(parameters, step);
      if (config.has("max_norm")) {
        double expected = GOLDEN.doubles().get(name + "/norm")[step];
        double norm = GradientClipping.clip(parameters, config.get("max_norm").asDouble());
        assertEquals(expected, norm, 1e-6 * expected, "norm at step " + step);
      }
      optimiser.step(config.get("lrs").get(step).asDouble());
      for (Parameter parameter : parameters) {
        float[] expected = GOLDEN.floats().get(name + "/f32/" + parameter.name());
        for (int i = 0; i < parameter.value().size(); i++) {
          float wanted = expected[step * parameter.value().size() + i];
          assertEquals(
              wanted,
              parameter.value().data()[i],
              1e-6 * Math.max(1, Math.abs(wanted)),
              parameter.name() + "[" + i + "] after step " + step);
        }
      }
    }
    assertEquals(GOLDEN.steps(), optimiser.steps());
  }

  private static AdamWConfig adamWConfig(JsonNode config) {
    return new AdamWConfig(
        config.get("betas").get(0).asDouble(),
        config.get("betas").get(1).asDouble(),
        config.get("eps").asDouble(),
        config.get("weight_decay").asDouble());
  }

  @Test
  void continuesFromSavedMoments() {
    List<Parameter> whole = GOLDEN.parameters();
    AdamW uninterrupted = new AdamW(whole, AdamWConfig.DEFAULT);
    List<Parameter> parts = GOLDEN.parameters();
    AdamW first = new AdamW(parts, AdamWConfig.DEFAULT);
    for (int step = 0; step < 5; step++) {
      step(uninterrupted, step);
      step(first, step);
    }
    AdamW second = new AdamW(parts, AdamWConfig.DEFAULT);
    for (int i = 0; i < parts.size(); i++) {
      int size = parts.get(i).value().size();
      System.arraycopy(first.firstMoment(i), 0, second.firstMoment(i), 0, size);
      System.arraycopy(first.secondMoment(i), 0, second.secondMoment(i), 0, size);
    }
    second.restoreSteps(first.steps());
    for (int step = 5; step < 10; step++) {
      step(uninterrupted, step);
      step(second, step);
    }
    for (int i = 0; i < whole.size(); i++) {
      assertArrayEquals(whole.get(i).value().toArray(), parts.get(i).value().toArray());
    }
  }

  private static void step(AdamW optimiser, int step) {
    GOLDEN.setGradients(optimiser.parameters(), step);
    optimiser.step(1e-3);
  }

  @Test
  void gradientsBelowTheNormStay() {
    Parameter p = parameter(0.3f, -0.4f);
    assertEquals(0.5, GradientClipping.clip(List.of(p), 0.6), 1e-7);
    assertArrayEquals(new float[] {0.3f, -0.4f}, p.grad().toArray());
    Parameter q = parameter(0, 0);
    assertEquals(0, GradientClipping.clip(List.of(q), 1));
    assertArrayEquals(new float[2], q.grad().toArray());
  }

  @Test
  void theNormIsThatOfAllParametersTogether() {
    Parameter p = parameter(3);
    Parameter q = parameter(4);
    assertEquals(5, GradientClipping.clip(List.of(p, q), 1));
    assertEquals(0.6f, p.grad().data()[0], 1e-6f);
    assertEquals(0.8f, q.grad().data()[0], 1e-6f);
  }

  @Test
  void refusesValuesOutOfRange() {
    assertMessage("beta1 is 1.0, must be in [0, 1)", () -> new AdamWConfig(1, 0.9, 1e-8, 0));
    assertMessage("beta2 is -0.1, must be in [0, 1)", () -> new AdamWConfig(0.9, -0.1, 1e-8, 0));
    assertMessage("eps is NaN, must be at least 0", () -> new AdamWConfig(0.9, 0.9, Double.NaN, 0));
    assertMessage(
        "weight_decay is -1.0, must be at least 0", () -> AdamWConfig.DEFAULT.withWeightDecay(-1));
    assertMessage(
        "max_grad_norm is 0.0, must be above 0",
        () -> GradientClipping.clip(List.of(parameter(1)), 0));
  }

  private static void assertMessage(String message, Runnable action) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, action::run).getMessage());
  }

  private static Parameter parameter(float... gradient) {
    Parameter parameter = new Parameter("p", Tensor.zeros(gradient.length));
    System.arraycopy(gradient, 0, parameter.grad().data(), 0, gradient.length);
    return parameter;
  }
}
