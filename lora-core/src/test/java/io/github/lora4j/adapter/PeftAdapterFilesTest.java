package io.github.lora4j.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.GoldenFiles;
import io.github.lora4j.checkpoint.SafetensorsFile;
import io.github.lora4j.checkpoint.SafetensorsWriter;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.LoraConfigJson;
import io.github.lora4j.lora.ModuleSelector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeftAdapterFilesTest {

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"seqcls", "plain", "patterns", "alllinear"})
  void whatPeftSavedComesBackByteForByte(String name) throws IOException {
    Path golden = GoldenFiles.path(name);
    LoraAdapter adapter = PeftAdapterFiles.load(name, golden);
    JsonNode scalings = new ObjectMapper().readTree(golden.resolve("scalings.json").toFile());
    assertEquals(scalings.size(), adapter.weights().size());
    for (var entry : scalings.properties()) {
      LoraWeights weights = adapter.weights().get(entry.getKey());
      assertEquals((float) entry.getValue().doubleValue(), weights.scaling());
      try (SafetensorsFile file =
          SafetensorsFile.open(golden.resolve("adapter_model.safetensors"))) {
        String key = "base_model.model." + entry.getKey();
        assertArrayEquals(file.readFloat32(key + ".lora_A.weight"), weights.a());
        assertArrayEquals(file.readFloat32(key + ".lora_B.weight"), weights.b());
        assertEquals((long) weights.r(), file.info(key + ".lora_A.weight").shape().get(0));
      }
    }
    assertEquals(name.equals("plain") ? 0 : 2, adapter.savedTensors().size());
    PeftAdapterFiles.save(adapter, folder);
    for (String file : List.of("adapter_config.json", "adapter_model.safetensors")) {
      assertArrayEquals(
          Files.readAllBytes(golden.resolve(file)), Files.readAllBytes(folder.resolve(file)));
    }
    assertEquals(adapter, PeftAdapterFiles.load(name, folder));
  }

  @ParameterizedTest
  @ValueSource(strings = {"seqcls", "patterns", "alllinear"})
  void prefixIsTakenAwayAndPutBack(String name) throws IOException {
    LoraAdapter adapter = PeftAdapterFiles.load(name, GoldenFiles.path(name), "bert.");
    assertTrue(adapter.weights().keySet().stream().noneMatch(m -> m.startsWith("bert.")));
    assertTrue(adapter.savedTensors().containsKey("classifier.weight"));
    PeftAdapterFiles.save(adapter, folder, "bert.");
    assertArrayEquals(
        Files.readAllBytes(GoldenFiles.path(name).resolve("adapter_model.safetensors")),
        Files.readAllBytes(folder.resolve("adapter_model.safetensors")));
    assertEquals(adapter, PeftAdapterFiles.load(name, folder), "the prefix is remembered");
  }

  @Test
  void prefixReplacesExpressionsByNames() {
    LoraConfig config =
        TestAdapters.config()
            .targetModules(ModuleSelector.ofString("encoder\\.layer\\..*query"))
            .rankPattern(Map.of("^encoder.layer.0.*query", 4))
            .build();
    LoraAdapter adapter = TestAdapters.filled("x", 1, config);
    PeftAdapterFiles.save(adapter, folder, "bert.");
    LoraConfig written = LoraConfigJson.read(folder.resolve("adapter_config.json"));
    assertEquals(
        ModuleSelector.names("bert." + TestAdapters.QUERY_0, "bert." + TestAdapters.QUERY_1),
        written.targetModules());
    assertEquals(Map.of("^bert\\.encoder.layer.0.*query", 4), written.rankPattern());
    LoraAdapter read = PeftAdapterFiles.load("x", folder);
    assertEquals(adapter.weights(), read.weights());
    assertEquals(config.rankPattern(), read.config().rankPattern());
  }

  @Test
  void keepsWhatPeftDoesNotStore() throws IOException {
    LoraAdapter adapter = TestAdapters.filled("x", 1.5f);
    Files.writeString(folder.resolve("metrics.jsonl"), "{}");
    PeftAdapterFiles.save(adapter, folder);
    assertEquals(adapter, PeftAdapterFiles.load("x", folder));
    assertEquals("yes", PeftAdapterFiles.load("x", folder).info().labels().get(2));
    PeftAdapterFiles.save(TestAdapters.filled("x", 2), folder);
    assertEquals(
        new TreeSet<>(
            List.of(
                "adapter_config.json",
                "adapter_model.safetensors",
                "lora4j.json",
                "metrics.jsonl")),
        new TreeSet<>(List.of(folder.toFile().list())));
    Files.writeString(folder.resolve("lora4j.json"), "{\"version\":2}");
    assertTrue(failure().contains("version is 2"));
    Files.writeString(folder.resolve("lora4j.json"), "{\"version\":1,\"labels\":[1]}");
    assertTrue(failure().contains("labels = 1"));
  }

  @Test
  void refusesDamagedAdapters() throws IOException {
    assertTrue(failure().contains("adapter_config.json is missing"));
    assertThrows(
        CheckpointException.class, () -> PeftAdapterFiles.load("x", folder.resolve("none")));
    LoraConfigJson.write(
        TestAdapters.config().modulesToSave(List.of("classifier")).build(),
        folder.resolve("adapter_config.json"));
    assertTrue(failure().contains("adapter_model.safetensors: file does not exist"));
    Files.writeString(folder.resolve("adapter_model.bin"), "x");
    assertTrue(failure().contains("adapter_model.bin: is no file of torch.save"));
    String query = "base_model.model.query";
    write(query + ".lora_A.weight", List.of(2L, 3L));
    assertTrue(failure().contains("query.lora_B.weight' is missing"));
    write(query + ".lora_B.weight", List.of(4L, 2L));
    assertTrue(failure().contains("query.lora_A.weight' is missing"));
    write(query + ".lora_A.weight", List.of(3L, 3L), query + ".lora_B.weight", List.of(4L, 3L));
    assertTrue(failure().contains("says rank 2"));
    write(query + ".lora_A.weight", List.of(2L, 3L), query + ".lora_B.weight", List.of(4L, 3L));
    assertTrue(failure().contains("says rank 2"));
    write(query + ".lora_A.weight", List.of(2L, 3L, 1L), query + ".lora_B.weight", List.of(4L, 2L));
    assertTrue(failure().contains("has not 2 dimensions"));
    write(query + ".lora_A.weight", List.of(2L, 0L), query + ".lora_B.weight", List.of(4L, 2L));
    assertTrue(failure().contains("out of range"));
    write("base_model.model.q.lora_magnitude_vector.weight", List.of(2L));
    assertTrue(failure().contains("kind of adapter that is not supported"));
    write("base_model.model.q.lora_magnitude_vector", List.of(2L));
    assertTrue(failure().contains("the other half 'base_model.model.q.lora_A.weight' is missing"));
    List<Long> shapeA = List.of(2L, 3L);
    List<Long> shapeB = List.of(4L, 2L);
    String vector = query + ".lora_magnitude_vector";
    write(query + ".lora_A.weight", shapeA, query + ".lora_B.weight", shapeB, vector, List.of(4L));
    assertTrue(failure().contains("has the vector of use_dora, which the configuration says is"));
    write(query + ".lora_A.weight", shapeA, query + ".lora_B.weight", shapeB, vector, List.of(3L));
    assertTrue(failure().contains("the magnitude has 3"), failure());
    write("query.lora_A.weight", List.of(2L, 3L));
    assertTrue(failure().contains("does not begin with 'base_model.model.'"));
    write("base_model.model.pooler.weight", List.of(2L));
    assertTrue(failure().contains("'pooler.weight' belongs to none of modules_to_save"));
    new SafetensorsWriter().write(folder.resolve("adapter_model.safetensors"));
    assertTrue(failure().contains("has no weights"));
    new SafetensorsWriter()
        .addFloat32("base_model.model.classifier.bias", List.of(2L), new float[] {0, Float.NaN})
        .write(folder.resolve("adapter_model.safetensors"));
    assertTrue(failure().contains("classifier.bias': value NaN at index 1 is not finite"));
  }

  @Test
  void refusesToSaveWhatPeftWouldNotLoad() {
    LoraAdapter adapter =
        TestAdapters.filled("x", 1, TestAdapters.config().targetModules("value").build());
    var e =
        assertThrows(IllegalArgumentException.class, () -> PeftAdapterFiles.save(adapter, folder));
    assertTrue(e.getMessage().contains("do not select"), e.getMessage());
    assertEquals(0, folder.toFile().list().length);
  }

  private void write(Object... namesAndShapes) {
    SafetensorsWriter writer = new SafetensorsWriter();
    for (int i = 0; i < namesAndShapes.length; i += 2) {
      @SuppressWarnings("unchecked")
      List<Long> shape = (List<Long>) namesAndShapes[i + 1];
      int elements = (int) shape.stream().mapToLong(d -> d).reduce(1, (a, b) -> a * b);
      writer.addFloat32((String) namesAndShapes[i], shape, new float[elements]);
    }
    writer.write(folder.resolve("adapter_model.safetensors"));
  }

  private String failure() {
    return assertThrows(CheckpointException.class, () -> PeftAdapterFiles.load("x", folder))
        .getMessage();
  }
}
