package io.github.lora4j.checkpoint.torch;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.lora4j.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;

/**
 * Reads the seeds of {@code TorchFuzzTestInputs} in an ordinary build; with the environment
 * variable {@code JAZZER_FUZZ=1} Jazzer searches for inputs that crash the reader.
 */
@Tag("fuzz")
class TorchFuzzTest {

  @FuzzTest(maxDuration = "5m")
  void file(byte[] bytes) throws IOException {
    Path file = Files.createTempFile("fuzz", ".bin");
    try {
      Files.write(file, bytes);
      TorchMutationTest.isReadable(file);
    } finally {
      Files.delete(file);
    }
  }

  @FuzzTest(maxDuration = "5m")
  void pickle(byte[] bytes) {
    try {
      new PickleMachine("fuzz", bytes).tensors();
    } catch (CheckpointException e) {
      // What is refused is refused with this.
      return;
    }
  }
}
