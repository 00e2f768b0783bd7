package io.github.lora4j.cli;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.models.causal.DecoderAdapters;
import io.github.lora4j.models.causal.DecoderSource;
import io.github.lora4j.models.data.DataException;
import io.github.lora4j.models.data.DataRecord;
import io.github.lora4j.models.gguf.GgufAdapterFiles;
import io.github.lora4j.models.hub.HubEnvironment;
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
 * @param place where it lies: a folder, a GGUF file, or {@code owner/name[@revision]} of the hub
 */
record NamedAdapter(String name, String place) {
  private static final Pattern GGUF = Pattern.compile("(.+)\\.gguf", Pattern.CASE_INSENSITIVE);

  /** An adapter that is called as its folder, its file without the ending, or its repository. */
  static NamedAdapter of(String place) {
    return new NamedAdapter(AdapterPath.nameOf(place), place);
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
            "has a field '"
                + name
                + "', where answers would go; rename it or use another NAME=DIR");
      }
    }
  }

  /** Its folder, downloaded if it has to be. */
  Path find(Console console) {
    return AdapterPath.resolve(console, HubEnvironment.ofProcess(), place);
  }

  /**
   * Reads it.
   *
   * @param base the decoder that the model is, if it is one; asked only for a GGUF file, whose
   *     names and rows are those of a model
   * @throws io.github.lora4j.checkpoint.CheckpointException if a file is missing or damaged
   * @throws IllegalArgumentException if there is no such adapter, or it is a GGUF file and the
   *     model no decoder
   */
  LoraAdapter load(Console console, Supplier<Optional<DecoderSource>> base) {
    Path path = find(console);
    if (!GgufAdapterFiles.isGguf(path)) {
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
