package io.github.lora4j.adapter;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the files of an adapter say of it before any of its numbers is read. Immutable.
 *
 * @param source the file with the numbers, for messages
 * @param modules the shape of the weight that each module with A and B is made for
 * @param bytes that all numbers take as float32
 */
public record AdapterOutline(String source, Map<String, ModuleShape> modules, long bytes) {
  /** Copies the map. */
  public AdapterOutline {
    modules = Collections.unmodifiableMap(new LinkedHashMap<>(modules));
  }

  /**
   * Refuses an adapter that is too large.
   *
   * @param name of the adapter, for the message
   * @param most bytes that there are for it
   * @throws IllegalStateException if it is larger
   */
  public void requireAtMost(String name, long most) {
    if (bytes > most) {
      throw new IllegalStateException(
          "adapter '"
              + name
              + "' takes "
              + bytes
              + " bytes, which is over the budget of "
              + most
              + " bytes; "
              + source
              + " was not read");
    }
  }
}
