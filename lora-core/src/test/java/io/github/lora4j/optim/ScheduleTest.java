package io.github.lora4j.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Against the schedules of transformers. */
class ScheduleTest {
  private static final GoldenAdamW GOLDEN = GoldenAdamW.read();

  @TestFactory
  Stream<DynamicTest> learningRatesAreThoseOfTransformers() {
    List<JsonNode> schedules = GOLDEN.list("schedules");
    assertEquals(15, schedules.size());
    return schedules.stream().map(s -> check(s, s.get("total_steps").asInt()));
  }

  @TestFactory
  Stream<DynamicTest> learningRatesOfTheTrajectories() {
    return GOLDEN.list("configs").stream()
        .filter(config -> config.has("schedule"))
        .map(config -> check(config, GOLDEN.steps()));
  }

  private static DynamicTest check(JsonNode golden, int totalSteps) {
    Schedule schedule = Schedule.of(golden.get("schedule").asText());
    int warmup = golden.get("warmup_steps").asInt();
    double lr = golden.get("lr").asDouble();
    return DynamicTest.dynamicTest(
        schedule + " " + lr + ", " + warmup + " of " + totalSteps,
        () -> {
          assertEquals(totalSteps, golden.get("lrs").size());
          for (int step = 0; step < totalSteps; step++) {
            double expected = golden.get("lrs").get(step).asDouble();
            double actual = lr * schedule.factor(step, warmup, totalSteps);
            assertEquals(expected, actual, 1e-12 * Math.abs(expected), "step " + step);
          }
        });
  }

  @Test
  void staysInRangeBeyondTheEnd() {
    assertEquals(1, Schedule.CONSTANT.factor(30, 0, 20));
    assertEquals(0, Schedule.LINEAR.factor(30, 0, 20));
    assertEquals(0, Schedule.LINEAR.factor(20, 20, 20));
  }

  @Test
  void namesAreReadInAnyCase() {
    assertEquals(Schedule.COSINE, Schedule.of("Cosine"));
    assertEquals("cosine", Schedule.COSINE.toString());
    assertEquals(
        "unknown schedule 'exponential', known are constant, linear and cosine",
        assertThrows(IllegalArgumentException.class, () -> Schedule.of("exponential"))
            .getMessage());
    assertEquals(
        "step -1, warm-up 0 and total 5 must not be negative",
        assertThrows(IllegalArgumentException.class, () -> Schedule.LINEAR.factor(-1, 0, 5))
            .getMessage());
  }
}
