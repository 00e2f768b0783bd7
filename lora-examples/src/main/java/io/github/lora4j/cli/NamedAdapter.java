package io.github.lora4j.cli;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.models.causal.DecoderAdapters;
import io.github.lora4j.models.causal.DecoderSource;
import io.github.lora4j.models.data.DataException;
import io.github.lora4j.models.data.DataRecord;
import io.github.lora4j.models.gguf.GgufAdapterFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * An adapter on the command line.
 *
 * @param name what its answers are called
 * @param path the directory or the GGUF file that it is
 */
record NamedAdapter(String name, Path path) {
  private static final Pattern GGUF = Pattern.compile("(.+)\\.gguf", Pattern.CASE_INSENSITIVE);

  /** An adapter that is called as its folder, or as its file without the ending. */
  static NamedAdapter of(Path path) {
    return new NamedAdapter(nameOf(path), path);
  }

  /** What an adapter in this folder or file is called. */
  static String nameOf(Path path) {
    Path name = path.toAbsolutePath().normalize().getFileName();
    return name == null ? path.toString() : GGUF.matcher(name.toString()).replaceFirst("$1");
  }

  /**
   * Checks that answers have a field to go to.
   *
   * @throws DataException if a record has a field of one of these names
   */
  static void requireFree(DataRecord record, Set<String> names) {
    for (String name : names) {
      if (record.fields().has(name)) {
        throw new DataException(
            record.file(),
            record.line(),
            "has a field '" + name + "', the name of an adapter; use another NAME=DIR");
      }
    }
  }

  /**
   * Reads it.
   *
   * @param base the decoder that the model is, if it is one; asked only for a GGUF file, whose
   *     names and rows are those of a model
   * @throws io.github.lora4j.checkpoint.CheckpointException if a file is missing or damaged
   * @throws IllegalArgumentException if it is a GGUF file and the model no decoder
   */
  LoraAdapter load(Supplier<Optional<DecoderSource>> base) {
    if (!GgufAdapterFiles.isGguf(path) || Files.isDirectory(path)) {
      return PeftAdapterFiles.load(name, path);
    }
    if (!Files.exists(path)) {
      throw new CheckpointException(path.toString(), "file does not exist");
    }
    DecoderSource decoder =
        base.get()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        path + " is a GGUF adapter, and the model is no language model"));
    return new DecoderAdapters(decoder).read(name, path);
  }
}
