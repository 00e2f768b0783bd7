package io.github.lora4j.cli;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.models.data.DataException;
import io.github.lora4j.models.data.DataRecord;
import io.github.lora4j.models.hub.HubEnvironment;
import java.nio.file.Path;
import java.util.Set;

/**
 * An adapter on the command line.
 *
 * @param name what its answers are called
 * @param place where it lies: a folder, or {@code owner/name[@revision]} of the hub
 */
record NamedAdapter(String name, String place) {
  /** An adapter that is called as its folder or its repository. */
  static NamedAdapter of(String place) {
    return new NamedAdapter(AdapterPath.nameOf(place), place);
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

  /** Its folder, downloaded if it has to be. */
  Path find(Console console) {
    return AdapterPath.resolve(console, HubEnvironment.ofProcess(), place);
  }

  /**
   * Reads it.
   *
   * @throws io.github.lora4j.checkpoint.CheckpointException if a file is missing or damaged
   * @throws IllegalArgumentException if there is no such adapter
   */
  LoraAdapter load(Console console) {
    return PeftAdapterFiles.load(name, find(console));
  }
}
