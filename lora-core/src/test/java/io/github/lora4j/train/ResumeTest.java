package io.github.lora4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.optim.AdamW;
import io.github.lora4j.optim.AdamWConfig;
import io.github.lora4j.optim.Schedule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run of 3 epochs of 4 steps, with a checkpoint after every third step, killed and resumed. */
class ResumeTest {
  private static final int EXAMPLES = 15;
  private static final int STEPS = 12;
  private static final TrainingConfig CONFIG =
      new TrainingConfig(3, 2, 2, 0.05, Schedule.COSINE, 0.2, 0.01, 1, 11, 0, 3);

  private static final Evaluation[] EVALUATIONS = {
    new Evaluation(1, 0.5, 10, 0), new Evaluation(1, 0.7, 10, 0), new Evaluation(1, 0.6, 10, 0)
  };

  @TempDir Path directory;

  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** Throws as soon as a step has been logged, or an epoch with the number {@code -event}. */
  private static TrainingListener killer(int event) {
    return new TrainingListener() {
      @Override
      public void onStep(StepReport report) {
        if (report.step() == event) {
          throw new Killed();
        }
      }

      @Override
      public void onEpoch(EpochReport report) {
        if (report.epoch() == -event) {
          throw new Killed();
        }
      }
    };
  }

  private static LeastSquares task(int epochsDone) {
    LeastSquares task = new LeastSquares(EXAMPLES, 0.3);
    for (int i = epochsDone; i < EVALUATIONS.length; i++) {
      task.withEvaluations(EVALUATIONS[i]);
    }
    return task;
  }

  private static TrainingResult resume(LeastSquares task, Path folder) {
    return new Trainer(task, CONFIG, TrainingListener.NONE).run(folder, true);
  }

  private static Path killedAt(int event, Path folder) {
    Trainer trainer = new Trainer(task(0), CONFIG, killer(event));
    assertThrows(Killed.class, () -> trainer.run(folder, false));
    return folder;
  }

  private static int epochsDone(Path folder) throws IOException {
    Path state = folder.resolve(Trainer.STATE_FILE);
    if (!Files.exists(state)) {
      return 0;
    }
    LeastSquares reader = new LeastSquares(EXAMPLES, 0);
    AdamW optimiser = new AdamW(reader.parameters(), AdamWConfig.DEFAULT);
    return TrainerCheckpoint.load(state, optimiser, new ArrayList<>()).epochs().size();
  }

  @Test
  void aRunKilledAnywhereGivesTheSameBits() throws IOException {
    Path whole = directory.resolve("whole");
    LeastSquares expected = task(0);
    TrainingResult uninterrupted =
        new Trainer(expected, CONFIG, TrainingListener.NONE).run(whole, false);
    assertEquals(2, uninterrupted.bestEpoch());

    for (int event = -3; event <= STEPS; event++) {
      if (event == 0) {
        continue;
      }
      Path folder = killedAt(event, directory.resolve("killed" + event));
      LeastSquares task = task(epochsDone(folder));
      TrainingResult resumed = resume(task, folder);
      String when = "killed at " + event;
      assertSameBits(expected, task, when);
      assertEquals(Metrics.withoutTimings(whole), Metrics.withoutTimings(folder), when);
      assertEquals(uninterrupted.steps(), resumed.steps(), when);
      assertEquals(uninterrupted.bestEpoch(), resumed.bestEpoch(), when);
      assertEquals(losses(uninterrupted), losses(resumed), when);
      assertEquals(
          Set.of(Trainer.METRICS_FILE, Trainer.STATE_FILE), files(folder), "no file is left over");
    }
  }

  @Test
  void aRunMayBeKilledTwice() throws IOException {
    LeastSquares expected = task(0);
    new Trainer(expected, CONFIG, TrainingListener.NONE).run(directory.resolve("whole"), false);
    Path folder = killedAt(4, directory.resolve("killed"));
    Trainer second = new Trainer(task(0), CONFIG, killer(10));
    assertThrows(Killed.class, () -> second.run(folder, true));
    LeastSquares task = task(2);
    resume(task, folder);
    assertSameBits(expected, task, "killed twice");
    assertEquals(
        Metrics.withoutTimings(directory.resolve("whole")), Metrics.withoutTimings(folder));
  }

  @Test
  void aFinishedRunIsNotTrainedFurther() throws IOException {
    LeastSquares expected = task(0);
    TrainingResult first =
        new Trainer(expected, CONFIG, TrainingListener.NONE).run(directory, false);
    LeastSquares again = task(3);
    TrainingResult second = new Trainer(again, CONFIG, killer(STEPS)).run(directory, true);
    assertEquals(first, second);
    assertSameBits(expected, again, "finished");
  }

  @Test
  void aRunThatPatienceEndedStaysEnded() {
    TrainingConfig patient = new TrainingConfig(5, 4, 1, 0.05, Schedule.CONSTANT, 0, 0, 1, 1, 1, 0);
    LeastSquares task = new LeastSquares(EXAMPLES, 0).withEvaluations(EVALUATIONS);
    TrainingResult first = new Trainer(task, patient, TrainingListener.NONE).run(directory, false);
    assertTrue(first.stoppedEarly());
    assertEquals(3, first.epochs().size());
    LeastSquares again = new LeastSquares(EXAMPLES, 0);
    assertEquals(first, new Trainer(again, patient, TrainingListener.NONE).run(directory, true));
    assertSameBits(task, again, "ended by patience");
  }

  @Test
  void withoutACheckpointResumeStartsFromTheBeginning() throws IOException {
    LeastSquares expected = task(0);
    new Trainer(expected, CONFIG, TrainingListener.NONE).run(directory.resolve("whole"), false);
    LeastSquares task = task(0);
    resume(task, directory.resolve("new"));
    assertSameBits(expected, task, "nothing to resume");
  }

  @Test
  void startingAnewForgetsTheRunBefore() throws IOException {
    new Trainer(task(0), CONFIG, TrainingListener.NONE).run(directory, false);
    killedAt(2, directory);
    assertFalse(Files.exists(directory.resolve(Trainer.STATE_FILE)));
    assertEquals(2, Metrics.read(directory).size());
  }

  @Test
  void refusesTheStateOfOtherSettings() throws IOException {
    killedAt(7, directory);
    TrainingConfig other = CONFIG.withLearningRate(0.01);
    assertRefused(
        IllegalArgumentException.class,
        "belongs to a run with other settings: " + CONFIG + ", now " + other,
        new Trainer(task(1), other, TrainingListener.NONE));
    assertRefused(
        IllegalArgumentException.class,
        "belongs to a run over 15 examples, now there are 16",
        new Trainer(new LeastSquares(16, 0.3), CONFIG, TrainingListener.NONE));
    assertRefused(
        CheckpointException.class,
        "tensor 'w': not there with shape [4]: the state is of a run with other settings",
        new Trainer(new LeastSquares(EXAMPLES, 0.3, 4), CONFIG, TrainingListener.NONE));
  }

  @Test
  void refusesADamagedState() throws IOException {
    killedAt(7, directory);
    Path state = directory.resolve(Trainer.STATE_FILE);
    byte[] whole = Files.readAllBytes(state);
    for (int length : new int[] {0, 7, 100, whole.length / 2, whole.length - 1}) {
      Files.write(state, Arrays.copyOf(whole, length));
      assertRefused(CheckpointException.class, state.toString(), trainer());
    }
    String text = new String(whole, StandardCharsets.ISO_8859_1);
    for (String[] change :
        new String[][] {
          {"\\\"bestEpoch\\\":1", "\\\"bestEpoch\\\":9"},
          {"\\\"stepsDone\\\":2", "\\\"stepsDone\\\":7"},
          {"\\\"epoch\\\":2", "\\\"epoch\\\":0"},
          {"\\\"step\\\":6", "\\\"step\\\":-"},
          {"\\\"labels\\\":", "\\\"lobels\\\":"},
          {"\\\"step\\\":6", "\\\"step\\\":5"},
        }) {
      assertTrue(text.contains(change[0]), change[0] + " in " + text.substring(0, 900));
      Files.write(state, text.replace(change[0], change[1]).getBytes(StandardCharsets.ISO_8859_1));
      assertRefused(CheckpointException.class, state.toString(), trainer());
    }
  }

  @Test
  void refusesMetricsThatLackLinesOfTheCheckpoint() throws IOException {
    killedAt(7, directory);
    Path metrics = directory.resolve(Trainer.METRICS_FILE);
    List<String> lines = Files.readAllLines(metrics);
    Files.write(metrics, lines.subList(0, 3));
    assertRefused(
        CheckpointException.class, "has 3 lines but the checkpoint was written after 7", trainer());
    Files.delete(metrics);
    assertRefused(
        CheckpointException.class, "has 0 lines but the checkpoint was written after 7", trainer());
  }

  private static Trainer trainer() {
    return new Trainer(task(1), CONFIG, TrainingListener.NONE);
  }

  /** Refused with this message, and every file stays as it is. */
  private void assertRefused(Class<? extends Exception> type, String message, Trainer trainer)
      throws IOException {
    Set<String> before = files(directory);
    byte[] state = Files.readAllBytes(directory.resolve(Trainer.STATE_FILE));
    Path metrics = directory.resolve(Trainer.METRICS_FILE);
    byte[] lines = Files.exists(metrics) ? Files.readAllBytes(metrics) : null;
    Exception e = assertThrows(type, () -> trainer.run(directory, true));
    assertTrue(e.getMessage().contains(message), e.getMessage());
    assertEquals(before, files(directory));
    assertArrayEquals(state, Files.readAllBytes(directory.resolve(Trainer.STATE_FILE)));
    if (lines != null) {
      assertArrayEquals(lines, Files.readAllBytes(metrics));
    }
  }

  private static List<Double> losses(TrainingResult result) {
    return result.epochs().stream().map(EpochReport::trainLoss).toList();
  }

  private static void assertSameBits(LeastSquares expected, LeastSquares actual, String message) {
    for (int i = 0; i < expected.values().size(); i++) {
      assertArrayEquals(expected.values().get(i), actual.values().get(i), message);
    }
  }

  private static Set<String> files(Path folder) throws IOException {
    try (var entries = Files.list(folder)) {
      return entries.map(path -> path.getFileName().toString()).collect(Collectors.toSet());
    }
  }
}
