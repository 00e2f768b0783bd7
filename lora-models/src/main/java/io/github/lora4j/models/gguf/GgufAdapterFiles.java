package io.github.lora4j.models.gguf;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.DType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Adapters in GGUF files, as llama.cpp reads them and its {@code convert_lora_to_gguf.py} writes
 * them: {@code blk.0.attn_q.weight.lora_a} ({@code r x in}) and {@code .lora_b} ({@code out x r}),
 * and one {@code adapter.lora.alpha}. The update is {@code alpha / r * B A}, or {@code B A} where
 * alpha is 0 or missing. Stateless and thread-safe.
 *
 * <p>Source: {@code llama-adapter.cpp} and {@code convert_lora_to_gguf.py} of llama.cpp.
 */
public final class GgufAdapterFiles {
  private GgufAdapterFiles() {}

  /** True for a path that ends as GGUF files do and is no directory; there may be nothing. */
  public static boolean isGguf(Path path) {
    return path.toString().toLowerCase(Locale.ROOT).endsWith(".gguf") && !Files.isDirectory(path);
  }

  /**
   * Loads an adapter, with the module names and the order of rows of Hugging Face. The rank of each
   * module is that of its tensors. Tensors of norms are left out with a warning, as llama.cpp does.
   *
   * @param name the name that the adapter gets
   * @param base the model that the adapter is for
   * @throws CheckpointException if the file is damaged, is no LoRA, is for another architecture, a
   *     half is missing, ranks differ, a tensor is not known or not supported, rows do not fit the
   *     base's heads, or a value is not finite
   */
  public static LoraAdapter load(String name, Path file, GgufBase base) {
    try (GgufFile opened = GgufFile.open(file)) {
      return new GgufAdapterReader(opened, base).read(name);
    }
  }

  /**
   * Writes an adapter aside and moves it into place. A file has one alpha for all modules: where
   * the scaling of one differs, as with {@code alpha_pattern}, the rest of it goes into its B. The
   * fingerprint of the base and what the adapter remembers of its training are kept under keys that
   * llama.cpp leaves alone.
   *
   * @param base the model that the adapter is for
   * @param type F32, F16 or BF16
   * @throws CheckpointException if the file cannot be written, a module is not known in the
   *     architecture, or a value is too large for the type
   * @throws IllegalArgumentException if the type is another, or the adapter has what such a file
   *     cannot hold: DoRA, biases, modules that are saved whole, or a start that was taken out of
   *     the base
   */
  public static void save(LoraAdapter adapter, Path file, GgufBase base, DType type) {
    new GgufAdapterWriter(adapter, base, type).write(file);
  }
}
