package io.github.lora4j.models.merge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.models.config.JsonFile;
import io.github.lora4j.models.weights.QuantizationConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The configuration of a checkpoint whose weights are no longer in 4 bits. */
final class DecodedConfig {
  /** Where transformers 5 and 4 look for the type in which weights are to be loaded. */
  private static final List<String> TYPES = List.of("dtype", "torch_dtype");

  private DecodedConfig() {}

  /**
   * Rewrites {@code config.json}.
   *
   * @throws CheckpointException if it cannot be read or written
   */
  static void write(Path folder, PackedMerge form) {
    Path file = folder.resolve("config.json");
    if (!Files.exists(file)) {
      return;
    }
    ObjectNode root = JsonFile.read(file);
    root.remove(QuantizationConfig.FIELD);
    TYPES.stream()
        .filter(root::has)
        .forEach(field -> root.put(field, form.name().toLowerCase(Locale.ROOT)));
    try {
      JsonFile.write(file, root);
    } catch (IOException e) {
      throw new CheckpointException(file.toString(), "cannot be written: " + e, e);
    }
  }
}
