package io.github.lora4j.adapter;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Adapters by name, changed at any moment while calls run. A caller gets an adapter once and passes
 * it along: which adapter applies is an argument of the call, never a state that threads share.
 *
 * <p>Thread-safe. Every change publishes a new map through one volatile reference, so a lookup is
 * one read and one hash, never waits, and sees each change whole or not at all. The binder runs
 * before the change and outside any lock.
 *
 * @param <T> the form that a model runs, such as packed matrices, made once for each version
 */
public final class AdapterRegistry<T> {

  private static final int NAMED_IN_ERRORS = 20;

  private final Function<? super LoraAdapter, ? extends T> binder;
  private volatile Map<String, BoundAdapter<T>> adapters = Map.of();
  private long versions;

  /**
   * An empty registry.
   *
   * @param binder makes the form that a model runs, and throws if the adapter does not fit it; must
   *     be thread-safe
   */
  public AdapterRegistry(Function<? super LoraAdapter, ? extends T> binder) {
    this.binder = binder;
  }

  /** A registry that hands out the adapters themselves. */
  public static AdapterRegistry<LoraAdapter> unbound() {
    return new AdapterRegistry<>(Function.identity());
  }

  /**
   * Adds an adapter.
   *
   * @throws IllegalArgumentException if there is one of this name
   */
  public BoundAdapter<T> register(LoraAdapter adapter) {
    requireAbsent(adapter.name());
    T form = binder.apply(adapter);
    synchronized (this) {
      requireAbsent(adapter.name());
      return publish(adapter, form);
    }
  }

  /**
   * Adds an adapter from a directory in PEFT's layout.
   *
   * @throws io.github.lora4j.checkpoint.CheckpointException if it cannot be loaded
   * @throws IllegalArgumentException if there is one of this name
   */
  public BoundAdapter<T> load(String name, Path directory) {
    requireAbsent(name);
    return register(PeftAdapterFiles.load(name, directory));
  }

  /**
   * Puts a new version in the place of the adapter with its name. Calls that hold the old version
   * end with it.
   *
   * @throws UnknownAdapterException if there is none of this name
   */
  public BoundAdapter<T> replace(LoraAdapter adapter) {
    get(adapter.name());
    T form = binder.apply(adapter);
    synchronized (this) {
      get(adapter.name());
      return publish(adapter, form);
    }
  }

  /**
   * Removes an adapter. Calls that hold it end with it.
   *
   * @return what was removed
   * @throws UnknownAdapterException if there is none of this name
   */
  public synchronized BoundAdapter<T> unload(String name) {
    BoundAdapter<T> removed = get(name);
    Map<String, BoundAdapter<T>> next = new LinkedHashMap<>(adapters);
    next.remove(name);
    adapters = Collections.unmodifiableMap(next);
    return removed;
  }

  /**
   * The current version of an adapter.
   *
   * @throws UnknownAdapterException if there is none of this name
   */
  public BoundAdapter<T> get(String name) {
    Map<String, BoundAdapter<T>> current = adapters;
    BoundAdapter<T> found = current.get(name);
    if (found == null) {
      List<String> loaded = current.keySet().stream().limit(NAMED_IN_ERRORS).toList();
      throw new UnknownAdapterException(
          "no adapter '"
              + name
              + "'; loaded: "
              + loaded
              + (current.size() > loaded.size()
                  ? " and others, " + current.size() + " in all"
                  : ""));
    }
    return found;
  }

  /** The current version of an adapter, if there is one of this name. */
  public Optional<BoundAdapter<T>> find(String name) {
    return Optional.ofNullable(adapters.get(name));
  }

  /** The names at this moment, in the order in which they were first added. */
  public List<String> names() {
    return List.copyOf(adapters.keySet());
  }

  private void requireAbsent(String name) {
    if (adapters.containsKey(name)) {
      throw new IllegalArgumentException(
          "adapter '" + name + "' is loaded already; replace or unload it");
    }
  }

  /** Called with the lock held: changes follow one another, so none is lost. */
  private BoundAdapter<T> publish(LoraAdapter adapter, T form) {
    BoundAdapter<T> bound = new BoundAdapter<>(adapter, form, ++versions);
    Map<String, BoundAdapter<T>> next = new LinkedHashMap<>(adapters);
    next.put(adapter.name(), bound);
    adapters = Collections.unmodifiableMap(next);
    return bound;
  }
}
