package io.github.lora4j.cli;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.models.data.DataException;
import io.github.lora4j.models.data.DataRecord;
import java.nio.file.Path;
import java.util.Set;

/**
 * An adapter on the command line.
 *
 * @param name what its answers are called
 * @param directory where it lies
 */
record NamedAdapter(String name, Path directory) {
  /** An adapter that is called as its folder. */
  static NamedAdapter of(Path directory) {
    return new NamedAdapter(nameOf(directory), directory);
  }

  /** What an adapter in this folder is called. */
  static String nameOf(Path directory) {
    Path name = directory.toAbsolutePath().normalize().getFileName();
    return name == null ? directory.toString() : name.toString();
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
   * @throws io.github.lora4j.checkpoint.CheckpointException if a file is missing or damaged
   */
  LoraAdapter load() {
    return PeftAdapterFiles.load(name, directory);
  }

  /** What its files have before the base's own module names. */
  String modulePrefix() {
    return PeftAdapterFiles.modulePrefix(directory);
  }
}
