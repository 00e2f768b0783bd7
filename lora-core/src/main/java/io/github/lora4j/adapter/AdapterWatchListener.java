package io.github.lora4j.adapter;

import java.nio.file.Path;

/**
 * Hears what an {@link AdapterDirectoryWatcher} does. Called one event after the other; what a
 * listener throws is logged and stops nothing.
 */
public interface AdapterWatchListener {

  /** Only logs. */
  AdapterWatchListener NONE = new AdapterWatchListener() {};

  /** A directory's adapter is served from now on. */
  default void served(String name, long version) {}

  /**
   * A directory's adapter was skipped: damaged, over the budget, or not for this base. If an older
   * version was served, it still is. The directory is tried again when its files change.
   */
  default void skipped(String name, Path directory, RuntimeException reason) {}
}
