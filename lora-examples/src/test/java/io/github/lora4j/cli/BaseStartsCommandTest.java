package io.github.lora4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code train --init-lora-weights} with starts that are taken out of the base. */
class BaseStartsCommandTest {
  private static final String WEIGHTS = "adapter_model.safetensors";

  @TempDir private Path folder;

  /** What is saved is a plain adapter of twice the rank, for the base as it is. */
  @ParameterizedTest
  @CsvSource({"pissa, none", "pissa_niter_4, none", "olora, none", "pissa, nf4"})
  void whatIsSavedIsPlain(String init, String quantize) throws Exception {
    SmallTraining adapters = new SmallTraining(folder, 2);
    Object[] options = {"--init-lora-weights", init, "--quantize", quantize};
    JsonNode trained = adapters.train("one", options).json();
    JsonNode config =
        new ObjectMapper().readTree(folder.resolve("one").resolve("adapter_config.json").toFile());
    assertTrue(config.path("init_lora_weights").asBoolean());
    assertEquals(8, config.path("r").asInt());
    assertEquals(32, config.path("lora_alpha").asInt());
    assertEquals(
        trained.path("loss").asDouble(),
        adapters.eval("one", "--quantize", quantize).json().path("loss").asDouble(),
        1e-5,
        init);

    byte[] weights = Files.readAllBytes(folder.resolve("one").resolve(WEIGHTS));
    adapters.train("again", options).json();
    assertArrayEquals(weights, Files.readAllBytes(folder.resolve("again").resolve(WEIGHTS)));
    List<Object> resumed = new ArrayList<>(List.of(options));
    resumed.add("--resume");
    adapters.train("again", resumed.toArray()).json();
    assertArrayEquals(weights, Files.readAllBytes(folder.resolve("again").resolve(WEIGHTS)));
  }
}
