package io.github.lora4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.checkpoint.SafetensorsFile;
import io.github.lora4j.checkpoint.SafetensorsWriter;
import io.github.lora4j.optim.AdamW;
import io.github.lora4j.optim.AdamW8bit;
import io.github.lora4j.optim.AdamWConfig;
import io.github.lora4j.optim.OptimizerFactory;
import io.github.lora4j.optim.Schedule;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs of 2 epochs of 4 steps over 5001 parameters, with each optimizer. */
class OptimizerResumeTest {
  private static final int EXAMPLES = 8;
  private static final int FEATURES = 5000;
  private static final TrainingConfig CONFIG =
      new TrainingConfig(2, 2, 1, 0.01, Schedule.LINEAR, 0, 0.01, 1, 4, 0, 2);

  @TempDir Path directory;

  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private OptimizerFactory factory(String name) {
    return switch (name) {
      case "adamw" -> AdamW::new;
      case "paged" -> OptimizerFactory.pagedAdamW(directory.resolve("pages"), 0);
      case "8bit" -> AdamW8bit::new;
      default -> throw new AssertionError(name);
    };
  }

  private static LeastSquares task() {
    return new LeastSquares(EXAMPLES, 0.2, FEATURES);
  }

  private LeastSquares run(String optimizer, Path folder, boolean resume) {
    LeastSquares task = task();
    new Trainer(task, CONFIG, TrainingListener.NONE, factory(optimizer)).run(folder, resume);
    return task;
  }

  private Path killedAt(int step, String optimizer, Path folder) {
    TrainingListener killer =
        new TrainingListener() {
          @Override
          public void onStep(StepReport report) {
            if (report.step() == step) {
              throw new Killed();
            }
          }
        };
    Trainer trainer = new Trainer(task(), CONFIG, killer, factory(optimizer));
    assertThrows(Killed.class, () -> trainer.run(folder, false));
    return folder;
  }

  private static void assertSameBits(LeastSquares expected, LeastSquares actual, String message) {
    for (int i = 0; i < 2; i++) {
      assertArrayEquals(expected.values().get(i), actual.values().get(i), message);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"adamw", "paged", "8bit"})
  void aKilledRunGivesTheSameBits(String optimizer) throws IOException {
    LeastSquares expected = run(optimizer, directory.resolve("whole"), false);
    for (int step : new int[] {3, 5, 7}) {
      Path folder = killedAt(step, optimizer, directory.resolve("killed" + step));
      assertSameBits(expected, run(optimizer, folder, true), "killed at " + step);
      assertTensors(tensors(directory.resolve("whole")), tensors(folder));
      assertEquals(Set.of(Trainer.METRICS_FILE, Trainer.STATE_FILE), files(folder));
    }
    if (optimizer.equals("paged")) {
      assertEquals(Set.of(), files(directory.resolve("pages")));
    }
  }

  @Test
  void pagedAndInMemoryContinueFromEachOther() throws IOException {
    LeastSquares expected = run("adamw", directory.resolve("whole"), false);
    assertSameBits(expected, run("paged", directory.resolve("paged"), false), "paged");
    assertTensors(tensors(directory.resolve("whole")), tensors(directory.resolve("paged")));
    Path folder = killedAt(5, "paged", directory.resolve("killed"));
    assertSameBits(expected, run("adamw", folder, true), "in memory from paged");
    folder = killedAt(5, "adamw", directory.resolve("killed"));
    assertSameBits(expected, run("paged", folder, true), "paged from in memory");
  }

  @Test
  void theStateOfAnotherOptimizerIsRefused() throws IOException {
    assertRefused(
        "8bit", "adamw", "belongs to a run with the optimizer adamw8bit, now it is adamw");
    assertRefused(
        "paged", "8bit", "belongs to a run with the optimizer adamw, now it is adamw8bit");
  }

  private void assertRefused(String first, String second, String message) throws IOException {
    Path folder = killedAt(5, first, directory.resolve(first));
    byte[] state = Files.readAllBytes(folder.resolve(Trainer.STATE_FILE));
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> run(second, folder, true));
    assertEquals(folder.resolve(Trainer.STATE_FILE) + " " + message, e.getMessage());
    assertArrayEquals(state, Files.readAllBytes(folder.resolve(Trainer.STATE_FILE)));
  }

  @Test
  void aMomentOfAnotherTypeIsRefused() throws IOException {
    Path file = killedAt(5, "8bit", directory).resolve(Trainer.STATE_FILE);
    String text = Files.readString(file, StandardCharsets.ISO_8859_1);
    String changed =
        text.replace("\"state1.w\":{\"dtype\":\"U8\"", "\"state1.w\":{\"dtype\":\"I8\"");
    assertTrue(!changed.equals(text));
    Files.writeString(file, changed, StandardCharsets.ISO_8859_1);
    CheckpointException e =
        assertThrows(CheckpointException.class, () -> run("8bit", directory, true));
    assertTrue(e.getMessage().contains("tensor 'state1.w': has dtype I8, not U8"), e.getMessage());
  }

  /** Files of runs before there was a choice stay readable, and new ones have the same bytes. */
  @Test
  void theFileOfAdamWHasNotChanged() throws IOException {
    AdamW optimizer = new AdamW(task().parameters(), AdamWConfig.DEFAULT);
    SafetensorsWriter writer = new SafetensorsWriter();
    float x = 0;
    for (int i = 0; i < 2; i++) {
      Parameter parameter = optimizer.parameters().get(i);
      List<Long> shape = List.of((long) parameter.value().size());
      for (float[] values : List.of(optimizer.firstMoment(i), optimizer.secondMoment(i))) {
        for (int j = 0; j < values.length; j++) {
          values[j] = x++;
        }
      }
      writer.addFloat32(parameter.name(), shape, parameter.value().data());
      writer.addFloat32("exp_avg." + parameter.name(), shape, optimizer.firstMoment(i));
      writer.addFloat32("exp_avg_sq." + parameter.name(), shape, optimizer.secondMoment(i));
    }
    Path file = directory.resolve("new");
    TrainerState state =
        new TrainerState(CONFIG, "task", EXAMPLES, 1, 1, 1, 2, 3, 4, List.of(), 0, 1);
    TrainerCheckpoint.save(file, state, optimizer, new ArrayList<>());
    try (SafetensorsFile written = SafetensorsFile.open(file)) {
      assertEquals(Set.of("trainer_state"), written.metadata().keySet());
      writer.metadata("trainer_state", written.metadata().get("trainer_state"));
    }
    writer.write(directory.resolve("expected"));
    assertArrayEquals(Files.readAllBytes(directory.resolve("expected")), Files.readAllBytes(file));
  }

  private static Map<String, byte[]> tensors(Path folder) {
    Map<String, byte[]> tensors = new TreeMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve(Trainer.STATE_FILE))) {
      for (String name : file.names()) {
        byte[] bytes = new byte[(int) file.info(name).byteLength()];
        file.read(name, 0, ByteBuffer.wrap(bytes));
        tensors.put(name, bytes);
        assertTrue(Set.of(DType.F32, DType.U8).contains(file.info(name).dtype()));
      }
    }
    return tensors;
  }

  private static void assertTensors(Map<String, byte[]> expected, Map<String, byte[]> actual) {
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach((name, bytes) -> assertArrayEquals(bytes, actual.get(name), name));
  }

  private static Set<String> files(Path folder) throws IOException {
    Set<String> names = new TreeSet<>();
    try (var entries = Files.list(folder)) {
      entries.forEach(path -> names.add(path.getFileName().toString()));
    }
    return names;
  }
}
