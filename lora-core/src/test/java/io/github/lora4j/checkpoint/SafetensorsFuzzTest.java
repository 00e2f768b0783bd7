package io.github.lora4j.checkpoint;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;

/**
 * Reads the seeds of {@code SafetensorsFuzzTestInputs} in an ordinary build; with the environment
 * variable {@code JAZZER_FUZZ=1} Jazzer searches for inputs that crash the reader.
 */
@Tag("fuzz")
class SafetensorsFuzzTest {

  @FuzzTest(maxDuration = "5m")
  void file(byte[] bytes) throws IOException {
    Path file = Files.createTempFile("fuzz", ".safetensors");
    try {
      Files.write(file, bytes);
      SafetensorsMutationTest.isReadable(file);
    } finally {
      Files.delete(file);
    }
  }
}
