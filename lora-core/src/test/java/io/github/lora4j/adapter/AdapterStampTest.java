package io.github.lora4j.adapter;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdapterStampTest {
  @TempDir Path folder;

  @Test
  void anOldWeightsFileCountsToo() throws IOException {
    Files.writeString(folder.resolve("adapter_config.json"), "{}");
    AdapterStamp without = AdapterStamp.of(folder);
    assertFalse(without.complete());
    Files.writeString(folder.resolve("adapter_model.bin"), "x");
    AdapterStamp with = AdapterStamp.of(folder);
    assertTrue(with.complete());
    assertNotEquals(without, with);
    Files.delete(folder.resolve("adapter_model.bin"));
    Files.writeString(folder.resolve("adapter_model.safetensors"), "x");
    assertTrue(AdapterStamp.of(folder).complete());
  }
}
