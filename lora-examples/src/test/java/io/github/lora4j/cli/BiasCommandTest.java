package io.github.lora4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code train --bias}: biases of the base learn beside A and B. */
class BiasCommandTest {
  private static final String WEIGHTS = "adapter_model.safetensors";

  @TempDir private Path folder;

  /** MiniLM has six layers with biases of six linear modules and two norms, and one norm more. */
  @ParameterizedTest
  @CsvSource({"all, false, 49", "lora_only, false, 2", "all, true, 49"})
  void biasesAreTrainedSavedAndUsed(String bias, boolean dora, int count) throws Exception {
    SmallTraining adapters = new SmallTraining(folder, 2);
    Object[] options =
        dora ? new Object[] {"--bias", bias, "--use-dora"} : new Object[] {"--bias", bias};
    JsonNode trained = adapters.train("one", options).json();
    Path one = folder.resolve("one");
    JsonNode config = new ObjectMapper().readTree(one.resolve("adapter_config.json").toFile());
    assertEquals(bias, config.path("bias").asText());
    LoraAdapter adapter = PeftAdapterFiles.load("one", one, "bert.");
    assertEquals(count, adapter.biases().size());
    assertEquals(
        trained.path("loss").asDouble(), adapters.eval("one").json().path("loss").asDouble(), 1e-5);

    adapters.train("again", options).json();
    byte[] weights = Files.readAllBytes(one.resolve(WEIGHTS));
    assertArrayEquals(weights, Files.readAllBytes(folder.resolve("again").resolve(WEIGHTS)));
    JsonNode without = adapters.train("without").json();
    assertNotEquals(without.path("loss").asDouble(), trained.path("loss").asDouble());
  }

  @Test
  void wrongValuesAndModelsWithoutBiasesAreRefused() throws Exception {
    new SmallTraining(folder, 1).train("x", "--bias", "some").fails(2, "bias", "some", "lora_only");
    Path model = TinyLanguageModel.write(folder.resolve("model"));
    Path data = Files.writeString(folder.resolve("d.csv"), "prompt,completion\nfine,good\n");
    Run.of(
            "train",
            "--task",
            "causal-lm",
            "--model",
            model,
            "--data",
            data,
            "--bias",
            "all",
            "--out",
            folder.resolve("y"))
        .fails(1, "bias = all", "no biases");
  }
}
