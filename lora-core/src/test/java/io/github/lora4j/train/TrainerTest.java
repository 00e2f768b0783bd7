package io.github.lora4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.lora4j.optim.Schedule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainerTest {
  private static final Evaluation POOR = new Evaluation(1, 0.5, 10, 0);
  private static final Evaluation FAIR = new Evaluation(1, 0.6, 10, 0);
  private static final Evaluation GOOD = new Evaluation(0.9, 0.6, 10, 0);
  private static final Evaluation UNMEASURED = new Evaluation(0.8, Double.NaN, 10, 0);

  @TempDir Path directory;

  private static TrainingConfig config(int epochs, int batchSize, int accumulation, int patience) {
    return new TrainingConfig(
        epochs, batchSize, accumulation, 0.05, Schedule.LINEAR, 0.1, 0.01, 1, 3, patience, 0);
  }

  private static Trainer trainer(TrainingTask task, TrainingConfig config) {
    return new Trainer(task, config, TrainingListener.NONE);
  }

  @Test
  void learns() {
    LeastSquares task = new LeastSquares(40, 0);
    double before = task.evaluate().loss();
    TrainingResult result = trainer(task, config(30, 4, 1, 0)).run();
    assertTrue(task.evaluate().loss() < 0.01 * before, task.evaluate() + " from " + before);
    assertEquals(300, result.steps());
    assertFalse(result.stoppedEarly());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void accumulationEqualsOneLargeBatch(int batchSize) {
    // 10 examples in steps of 4: the last step of an epoch is smaller.
    LeastSquares large = new LeastSquares(10, 0);
    TrainingResult expected = trainer(large, config(3, 4, 1, 0)).run();
    LeastSquares small = new LeastSquares(10, 0);
    TrainingResult actual = trainer(small, config(3, batchSize, 4 / batchSize, 0)).run();
    assertEquals(9, actual.steps());
    assertEquals(expected.epochs().get(2).trainLoss(), actual.epochs().get(2).trainLoss(), 1e-6);
    for (int i = 0; i < 2; i++) {
      assertArrayEquals(large.values().get(i), small.values().get(i), 1e-6f);
    }
  }

  @Test
  void eachEpochHasEveryExampleOnceInAnotherOrder() {
    List<Integer> seen = new ArrayList<>();
    LeastSquares inner = new LeastSquares(7, 0);
    TrainingTask task =
        new TrainingTask() {
          @Override
          public int examples() {
            return inner.examples();
          }

          @Override
          public List<io.github.lora4j.autograd.Parameter> parameters() {
            return inner.parameters();
          }

          @Override
          public BatchLoss accumulate(int[] examples, double divisor, long seed) {
            for (int example : examples) {
              seen.add(example);
            }
            return inner.accumulate(examples, divisor, seed);
          }

          @Override
          public Evaluation evaluate() {
            return null;
          }
        };
    TrainingResult result = trainer(task, config(2, 3, 1, 1)).run();
    Set<Integer> all = new TreeSet<>(List.of(0, 1, 2, 3, 4, 5, 6));
    assertEquals(14, seen.size());
    assertEquals(all, new TreeSet<>(seen.subList(0, 7)));
    assertEquals(all, new TreeSet<>(seen.subList(7, 14)));
    assertFalse(seen.subList(0, 7).equals(seen.subList(7, 14)));
    assertEquals(2, result.bestEpoch(), "without evaluation the last epoch counts");
    assertFalse(result.stoppedEarly());
  }

  @Test
  void keepsTheBestEpoch() {
    List<List<float[]>> afterEpoch = new ArrayList<>();
    LeastSquares task = new LeastSquares(10, 0).withEvaluations(POOR, GOOD, FAIR, POOR);
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void onEpoch(EpochReport report) {
            afterEpoch.add(task.values());
          }
        };
    TrainingResult result = new Trainer(task, config(4, 4, 1, 0), listener).run();
    assertEquals(2, result.bestEpoch());
    assertEquals(GOOD, result.best().evaluation());
    assertEquals(
        List.of(true, true, false, false),
        result.epochs().stream().map(EpochReport::best).toList());
    for (int i = 0; i < 2; i++) {
      assertArrayEquals(afterEpoch.get(1).get(i), task.values().get(i));
    }
    assertTrue(afterEpoch.get(3).get(0)[0] != task.values().get(0)[0]);
  }

  @Test
  void ofEqualAccuraciesTheLowerLossIsBetter() {
    assertTrue(GOOD.betterThan(FAIR));
    assertFalse(FAIR.betterThan(GOOD));
    assertFalse(FAIR.betterThan(FAIR));
    assertTrue(FAIR.betterThan(POOR));
    assertTrue(POOR.betterThan(null));
    assertTrue(UNMEASURED.betterThan(null));
    assertTrue(UNMEASURED.betterThan(POOR));
    assertFalse(POOR.betterThan(UNMEASURED));
    assertFalse(UNMEASURED.betterThan(UNMEASURED));
  }

  @Test
  void stopsWhenPatienceRunsOut() {
    LeastSquares task = new LeastSquares(10, 0).withEvaluations(POOR, GOOD, FAIR, POOR, GOOD);
    TrainingResult result = trainer(task, config(6, 5, 1, 2)).run();
    assertEquals(4, result.epochs().size());
    assertEquals(2, result.bestEpoch());
    assertEquals(8, result.steps());
    assertTrue(result.stoppedEarly());
  }

  @Test
  void writesALineForEachStepAndEpoch() throws IOException {
    LeastSquares task = new LeastSquares(10, 0.2).withEvaluations(POOR, GOOD);
    List<StepReport> steps = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void onStep(StepReport report) {
            steps.add(report);
          }
        };
    TrainingResult result = new Trainer(task, config(2, 4, 1, 0), listener).run(directory, false);
    List<ObjectNode> lines = Metrics.read(directory);
    assertEquals(8, lines.size());
    for (int i = 0; i < 8; i++) {
      ObjectNode line = lines.get(i);
      int epoch = i / 4 + 1;
      assertEquals(epoch, line.get("epoch").asInt());
      if (i % 4 < 3) {
        StepReport step = steps.get(i - i / 4);
        assertEquals("step", line.get("event").asText());
        assertEquals(step.step(), line.get("step").asLong());
        assertEquals(step.loss(), line.get("loss").asDouble());
        assertEquals(step.learningRate(), line.get("learning_rate").asDouble());
        assertEquals(step.gradNorm(), line.get("grad_norm").asDouble());
        assertTrue(line.get("samples_per_second").asDouble() > 0);
        assertEquals(
            7,
            line.get("tokens_per_second").asDouble() / line.get("samples_per_second").asDouble(),
            1e-9);
      } else {
        EpochReport report = result.epochs().get(epoch - 1);
        assertEquals("epoch", line.get("event").asText());
        assertEquals(report.trainLoss(), line.get("train_loss").asDouble());
        assertEquals(report.evaluation().loss(), line.get("eval_loss").asDouble());
        assertEquals(report.evaluation().accuracy(), line.get("eval_accuracy").asDouble());
        assertTrue(line.get("best").asBoolean());
        assertTrue(line.get("seconds").asDouble() > 0);
      }
    }
    // Steps of 4, 4 and 2 examples: the epoch's loss is the mean over examples, not over steps.
    assertEquals(
        (4 * steps.get(0).loss() + 4 * steps.get(1).loss() + 2 * steps.get(2).loss()) / 10,
        result.epochs().get(0).trainLoss(),
        1e-12);
  }

  @Test
  void theLearningRateFollowsTheSchedule() {
    List<StepReport> steps = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void onStep(StepReport report) {
            steps.add(report);
          }
        };
    new Trainer(new LeastSquares(10, 0), config(4, 2, 1, 0), listener).run();
    assertEquals(20, steps.size());
    for (int i = 0; i < 20; i++) {
      assertEquals(i + 1, steps.get(i).step());
      assertEquals(20, steps.get(i).totalSteps());
      double factor = i < 2 ? i / 2.0 : (20 - i) / 18.0;
      assertEquals(0.05 * factor, steps.get(i).learningRate(), 1e-15);
    }
  }

  @Test
  void aLossThatIsNotFiniteIsAnError() {
    LeastSquares task = new LeastSquares(10, 0).withLossFactor(Double.POSITIVE_INFINITY);
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> trainer(task, config(1, 4, 1, 0)).run());
    assertEquals("the loss is Infinity at step 1: a lower learning_rate may help", e.getMessage());
    assertArrayEquals(new float[3], task.values().get(0), "the parameters stay");
  }

  @Test
  void aGradientThatIsNotFiniteIsAnError() {
    // The loss is a double and stays finite, its gradient overflows float32.
    LeastSquares task = new LeastSquares(10, 0).withLossFactor(1e60);
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> trainer(task, config(1, 4, 1, 0)).run());
    assertTrue(e.getMessage().startsWith("the norm of the gradients is "), e.getMessage());
    assertArrayEquals(new float[3], task.values().get(0), "the parameters stay");
  }

  @Test
  void refusesATaskWithoutExamples() {
    assertEquals(
        "there are no training examples",
        assertThrows(
                IllegalArgumentException.class,
                () -> trainer(new LeastSquares(0, 0), TrainingConfig.DEFAULT))
            .getMessage());
  }

  @Test
  void refusesSettingsOutOfRange() {
    assertMessage("epochs is 0, must be at least 1", () -> config(0, 1, 1, 0));
    assertMessage("batch_size is 0, must be at least 1", () -> config(1, 0, 1, 0));
    assertMessage("accumulation_steps is -1, must be at least 1", () -> config(1, 1, -1, 0));
    assertMessage("patience is -1, must be at least 0", () -> config(1, 1, 1, -1));
    assertMessage(
        "learning_rate is NaN, must be above 0",
        () -> TrainingConfig.DEFAULT.withLearningRate(Double.NaN));
  }

  private static void assertMessage(String message, Runnable action) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, action::run).getMessage());
  }
}
