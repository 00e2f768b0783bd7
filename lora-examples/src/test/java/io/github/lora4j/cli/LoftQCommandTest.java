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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code train --init-lora-weights}, and the adapters of LoftQ afterwards. */
class LoftQCommandTest {
  @TempDir private Path folder;

  private SmallTraining adapters;

  @BeforeEach
  void setUp() {
    adapters = new SmallTraining(folder, 1);
  }

  private JsonNode config(String adapter) throws Exception {
    return new ObjectMapper()
        .readTree(folder.resolve(adapter).resolve("adapter_config.json").toFile());
  }

  @Test
  void oneIteration() throws Exception {
    Object[] options = {"--quantize", "nf4", "--init-lora-weights", "loftq"};
    JsonNode trained = adapters.train("one", options).json();
    assertEquals(4, config("one").path("lora_alpha").asInt());
    assertEquals(
        trained.path("loss").asDouble(),
        adapters.eval("one", "--quantize", "nf4").json().path("loss").asDouble(),
        1e-6);
    adapters.eval("one").fails(1, "started by LoftQ", "nf4/64/double", "float32");
    adapters.eval("one", "--quantize", "nf4", "--no-double-quant").fails(1, "nf4/64/double");

    adapters.train("again", options).json();
    String weights = "adapter_model.safetensors";
    assertArrayEquals(
        Files.readAllBytes(folder.resolve("one").resolve(weights)),
        Files.readAllBytes(folder.resolve("again").resolve(weights)));
  }

  @Test
  void moreIterations() throws Exception {
    Object[] options = {"--quantize", "nf4", "--no-double-quant", "--init-lora-weights", "loftq"};
    List<Object> args = new ArrayList<>(List.of(options));
    args.addAll(List.of("--loftq-iter", 2));
    JsonNode trained = adapters.train("two", args.toArray()).json();
    assertEquals("nf4/64/loftq-2", trained.path("weights").asText());
    assertEquals("loftq", config("two").path("init_lora_weights").asText());
    assertEquals(2, config("two").path("loftq_config").path("loftq_iter").asInt());
    assertEquals(
        trained.path("loss").asDouble(),
        adapters
            .eval("two", "--quantize", "nf4", "--no-double-quant")
            .json()
            .path("loss")
            .asDouble(),
        1e-6);
    adapters.eval("two").fails(1, "without double quantization", "float32");

    args.add("--resume");
    adapters.train("two", args.toArray()).json();
    args.set(args.indexOf((Object) 2), 3);
    adapters.train("two", args.toArray()).fails(1, "settings");
  }

  @Test
  void otherStarts() throws Exception {
    for (String init : List.of("true", "false", "gaussian", "orthogonal")) {
      adapters.train(init, "--init-lora-weights", init).json();
      assertEquals(init, config(init).path("init_lora_weights").asText());
      assertEquals(16, config(init).path("lora_alpha").asInt());
    }
    assertTrue(config("true").path("init_lora_weights").isBoolean());
  }
}
