package io.github.lora4j.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsDirectoryTest {

  @TempDir Path folder;

  @BeforeEach
  void writeShards() {
    shard("model-00001-of-00002.safetensors", "a", 1);
    shard("model-00002-of-00002.safetensors", "b", 2);
  }

  @Test
  void readsShards() throws IOException {
    index(
        "{\"metadata\":{\"total_size\":8},\"weight_map\":{\"b\":\"model-00002-of-00002.safetensors\","
            + "\"a\":\"model-00001-of-00002.safetensors\"}}");
    NamedTensors tensors = SafetensorsDirectory.open(folder);
    try (tensors) {
      assertEquals(List.of("b", "a"), List.copyOf(tensors.names()));
      assertArrayEquals(new float[] {2}, tensors.readFloat32("b"));
      assertEquals(1f, tensors.bytes("a").getFloat(0));
      assertEquals(DType.F32, tensors.info("a").dtype());
      assertThrows(CheckpointException.class, () -> tensors.info("c"));
    }
    assertThrows(CheckpointException.class, () -> tensors.readFloat32("a"));
  }

  @Test
  void singleFileComesFirst() throws IOException {
    index("not JSON");
    shard("model.safetensors", "c", 3);
    try (NamedTensors tensors = SafetensorsDirectory.open(folder)) {
      assertArrayEquals(new float[] {3}, tensors.readFloat32("c"));
    }
  }

  @Test
  void namesWhatIsWrong() throws IOException {
    assertTrue(failure().contains("holds neither"));
    index("{");
    assertTrue(failure().contains("not a valid index"));
    index("{\"weight_map\":[]}");
    assertTrue(failure().contains("'weight_map' is not an object"));
    index("{\"weight_map\":{\"a\":1}}");
    assertTrue(failure().contains("'a'"));
    index("{\"weight_map\":{\"a\":\"model-00003-of-00003.safetensors\"}}");
    assertTrue(failure().contains("'model-00003-of-00003.safetensors' is missing"));
    index("{\"weight_map\":{\"a\":\"model-00002-of-00002.safetensors\"}}");
    assertTrue(failure().contains("'a': is not in this shard"));
    for (String path : List.of("../x", "..", "", "/etc/passwd", "a\\\\b", "C:x", "a\\u0000b")) {
      index("{\"weight_map\":{\"a\":\"" + path + "\"}}");
      assertTrue(failure().contains("is not a file name"), path);
    }
  }

  private String failure() {
    return assertThrows(CheckpointException.class, () -> SafetensorsDirectory.open(folder))
        .getMessage();
  }

  private void index(String json) throws IOException {
    Files.writeString(folder.resolve("model.safetensors.index.json"), json);
  }

  private void shard(String name, String tensor, float value) {
    new SafetensorsWriter()
        .addFloat32(tensor, List.of(1L), new float[] {value})
        .write(folder.resolve(name));
  }
}
