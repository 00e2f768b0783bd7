package io.github.lora4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.compute.KernelSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that is killed and resumed gives the same adapter as one that is not. */
class ResumeTest {
  private static final String WEIGHTS = "adapter_model.safetensors";
  private static final String STATE = "training_state.safetensors";

  @TempDir private Path folder;

  @Test
  void aKilledRunContinuesBitForBit() throws Exception {
    Path whole = folder.resolve("whole");
    Path killed = folder.resolve("killed");
    Run.of(train(whole, 0.1)).json();

    killOnceThereIsAState(killed);
    assertFalse(Files.exists(killed.resolve(WEIGHTS)), "the run was over before it was killed");
    List<Object> resume = new ArrayList<>(List.of(train(killed, 0.1)));
    resume.add("--resume");
    Run.of(resume.toArray()).json();

    assertArrayEquals(
        Files.readAllBytes(whole.resolve(WEIGHTS)), Files.readAllBytes(killed.resolve(WEIGHTS)));
    assertEquals(losses(whole), losses(killed));

    // Once complete, resuming again changes nothing.
    Run.of(resume.toArray()).json();
    assertArrayEquals(
        Files.readAllBytes(whole.resolve(WEIGHTS)), Files.readAllBytes(killed.resolve(WEIGHTS)));

    List<Object> other = new ArrayList<>(List.of(train(killed, 0.2)));
    other.add("--resume");
    Run.of(other.toArray()).fails(1, STATE, "settings");
  }

  @Test
  void resumingWithoutAStateStartsFromTheBeginning() throws Exception {
    List<Object> args = new ArrayList<>(List.of(train(folder.resolve("new"), 0)));
    args.add("--resume");
    Run run = Run.of(args.toArray());
    run.json();
    assertTrue(run.err().contains("no training state"), run.err());
  }

  private Object[] train(Path out, double dropout) throws IOException {
    return new Object[] {
      "train",
      "--data",
      Samples.train(folder, 24),
      "--eval",
      Samples.test(folder, 8),
      "--out",
      out,
      "--epochs",
      4,
      "--batch-size",
      4,
      "--max-length",
      24,
      "--checkpoint-steps",
      2,
      "--dropout",
      dropout,
      "--schedule",
      "linear",
      "--threads",
      2,
      "--json"
    };
  }

  private void killOnceThereIsAState(Path out) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    if (KernelSet.selected() == KernelSet.VECTOR) {
      command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    Stream.of(train(out, 0.1)).map(Object::toString).forEach(command::add);
    Path log = folder.resolve("killed.log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    while (process.isAlive() && !Files.exists(out.resolve(STATE))) {
      Thread.sleep(2);
    }
    process.destroyForcibly().waitFor();
    assertTrue(Files.exists(out.resolve(STATE)), () -> "no state was written: " + read(log));
  }

  /** Epoch, step and loss of every line; the times differ from run to run. */
  private static List<String> losses(Path out) throws IOException {
    return Files.readAllLines(out.resolve("metrics.jsonl")).stream()
        .map(
            line ->
                line.replaceAll(",\"(seconds|samples_per_second|tokens_per_second)\":[^,}]*", ""))
        .toList();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
