package io.github.lora4j.adapter;

import io.github.lora4j.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the adapters of a directory: each folder in it that holds {@code adapter_config.json} and
 * {@code adapter_model.safetensors} or {@code adapter_model.bin} is an adapter with the folder's
 * name. A new one is loaded, one whose files changed replaces the version before. Folders whose
 * names begin with a dot are left alone, so a folder can be filled under such a name and then
 * renamed.
 *
 * <p>It looks at regular intervals, which works on every file system. A folder counts once its
 * files did not change between two looks, so an adapter is served after at most two intervals and
 * the time to read it. One that is damaged, or a link that leads out of the directory, is reported
 * and skipped. A folder that disappears changes nothing: unload its adapter, if it is not wanted
 * any more.
 *
 * <p>Thread-safe. It has one daemon thread, and {@link #close} ends it.
 */
public final class AdapterDirectoryWatcher implements AutoCloseable {

  /** Twice this, and the time to read an adapter, is below a second. */
  public static final Duration DEFAULT_INTERVAL = Duration.ofMillis(250);

  private static final Logger LOG = LoggerFactory.getLogger(AdapterDirectoryWatcher.class);

  private final AdapterRegistry<?> registry;
  private final Path root;
  private final AdapterWatchListener listener;
  private final Map<String, AdapterStamp> seen = new HashMap<>();
  private final Map<String, AdapterStamp> handled = new HashMap<>();
  private final ScheduledExecutorService looks;
  private String rootProblem;

  private AdapterDirectoryWatcher(
      AdapterRegistry<?> registry, Path root, AdapterWatchListener listener) {
    this.registry = registry;
    this.root = root.toAbsolutePath().normalize();
    this.listener = listener;
    this.looks =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "lora4j-adapter-watch");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Watches with the default interval; what happens is only logged. */
  public static AdapterDirectoryWatcher start(AdapterRegistry<?> registry, Path root) {
    return start(registry, root, DEFAULT_INTERVAL, AdapterWatchListener.NONE);
  }

  /**
   * Begins to watch. What lies there already is served before this returns; damaged ones are
   * reported to the listener.
   *
   * @param registry that gets the adapters; it may hold others, and a folder with the name of one
   *     that is loaded replaces it
   * @param root the directory with one folder for each adapter
   * @param interval between two looks, at least a millisecond
   * @param listener hears what happens, first on this thread, then on the watcher's
   * @throws IllegalArgumentException if {@code root} is not a directory or the interval is too
   *     short
   */
  public static AdapterDirectoryWatcher start(
      AdapterRegistry<?> registry, Path root, Duration interval, AdapterWatchListener listener) {
    if (!Files.isDirectory(root)) {
      throw new IllegalArgumentException(root + " is not a directory: there is nothing to watch");
    }
    long millis = interval.toMillis();
    if (millis < 1) {
      throw new IllegalArgumentException("an interval of " + interval + " is below 1 ms");
    }
    AdapterDirectoryWatcher watcher = new AdapterDirectoryWatcher(registry, root, listener);
    watcher.firstLook();
    watcher.looks.scheduleWithFixedDelay(watcher::look, millis, millis, TimeUnit.MILLISECONDS);
    return watcher;
  }

  /** What is there at the start need not be seen twice: one that is being written is read again. */
  private void firstLook() {
    forEachFolder(
        (name, folder, stamp) -> {
          seen.put(name, stamp);
          take(name, folder, stamp);
        });
  }

  private void look() {
    forEachFolder(
        (name, folder, stamp) -> {
          boolean quiet = stamp.equals(seen.put(name, stamp));
          if (quiet && !stamp.equals(handled.get(name))) {
            take(name, folder, stamp);
          }
        });
  }

  private interface Visit {
    void folder(String name, Path folder, AdapterStamp stamp) throws IOException;
  }

  private void forEachFolder(Visit visit) {
    Set<String> there = new HashSet<>();
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(root)) {
      for (Path folder : folders) {
        there.add(folder.getFileName().toString());
        visit(folder, visit);
      }
      rootProblem = null;
      // A folder that comes back is a new one, whatever its files are.
      seen.keySet().retainAll(there);
      handled.keySet().retainAll(there);
    } catch (IOException | DirectoryIteratorException e) {
      // A share may be away for a while: once is enough to say so.
      if (!e.toString().equals(rootProblem)) {
        LOG.warn("{} cannot be watched at the moment: {}", root, e.toString());
        rootProblem = e.toString();
      }
    }
  }

  /** The trouble of one folder must not stop the looks at the others. */
  private void visit(Path folder, Visit visit) {
    String name = folder.getFileName().toString();
    if (name.startsWith(".") || !Files.isDirectory(folder)) {
      return;
    }
    try {
      AdapterStamp stamp = AdapterStamp.of(folder);
      if (stamp.complete()) {
        visit.folder(name, folder, stamp);
      }
    } catch (IOException | RuntimeException e) {
      LOG.warn("{} is skipped at this look: {}", folder, e.toString());
    }
  }

  private void take(String name, Path folder, AdapterStamp stamp) {
    handled.put(name, stamp);
    BoundAdapter<?> served;
    try {
      LinksWithin.require(root, folder);
      served =
          registry.names().contains(name)
              ? registry.replace(name, folder)
              : registry.load(name, folder);
    } catch (IOException e) {
      skip(name, folder, new CheckpointException(folder.toString(), "cannot be read: " + e, e));
      return;
    } catch (RuntimeException e) {
      skip(name, folder, e);
      return;
    }
    LOG.info("adapter '{}' is served from {}, version {}", name, folder, served.version());
    tell(() -> listener.served(name, served.version()));
  }

  private void skip(String name, Path folder, RuntimeException reason) {
    LOG.warn("adapter '{}' is skipped: {}", name, reason.getMessage());
    tell(() -> listener.skipped(name, folder, reason));
  }

  private static void tell(Runnable event) {
    try {
      event.run();
    } catch (RuntimeException e) {
      LOG.warn("a listener failed", e);
    }
  }

  /**
   * Stops looking and waits for a look that is under way. What is served stays served. Not for
   * listeners.
   */
  @Override
  public void close() {
    looks.shutdown();
    try {
      looks.awaitTermination(1, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
