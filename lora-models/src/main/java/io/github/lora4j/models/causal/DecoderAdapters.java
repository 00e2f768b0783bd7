package io.github.lora4j.models.causal;

import io.github.lora4j.adapter.AdapterReader;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.models.gguf.GgufAdapterFiles;
import java.nio.file.Path;

/**
 * Reads adapters for a decoder: directories in PEFT's layout, and GGUF files. For an {@code
 * AdapterRegistry} it is the reader. Immutable and thread-safe.
 */
public final class DecoderAdapters implements AdapterReader {
  private final DecoderSource base;

  /** Reads adapters for this model. */
  public DecoderAdapters(DecoderSource base) {
    this.base = base;
  }

  /**
   * Reads an adapter.
   *
   * @param path a directory, or a file that ends in {@code .gguf}
   * @throws io.github.lora4j.checkpoint.CheckpointException as {@link PeftAdapterFiles#load(String,
   *     Path)} and {@link GgufAdapterFiles#load}
   */
  @Override
  public LoraAdapter read(String name, Path path) {
    return GgufAdapterFiles.isGguf(path)
        ? GgufAdapterFiles.load(name, path, base.ggufBase())
        : PeftAdapterFiles.load(name, path);
  }
}
