package io.github.lora4j.adapter;

import io.github.lora4j.checkpoint.CheckpointException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Adapters by name, changed at any moment while calls run. A caller gets an adapter once and passes
 * it along: which adapter applies is an argument of the call, never a state that threads share.
 *
 * <p>Thread-safe. Every change publishes a new state through one volatile reference, so a lookup is
 * one read and one hash, never waits, and sees each change whole or not at all. The binder runs
 * before the change and outside any lock that changes or lookups of other adapters wait for.
 *
 * <p>With a budget of memory, adapters that were loaded from a directory leave memory when there is
 * no room, those used least recently first. A lookup of such an adapter reads it back; lookups of
 * others do not wait for that. One that finds no room is read for the call alone.
 *
 * @param <T> the form that a model runs, such as packed matrices, made once for each version and
 *     again each time that it is read back
 */
public final class AdapterRegistry<T> {

  private static final Logger LOG = LoggerFactory.getLogger(AdapterRegistry.class);

  private final Function<? super LoraAdapter, ? extends T> binder;
  private final AdapterReader reader;
  private final Residency residency;
  private volatile RegistryState<T> state = RegistryState.empty();
  private long versions;

  /**
   * An empty registry that keeps all its adapters in memory.
   *
   * @param binder makes the form that a model runs, and throws if the adapter does not fit it; must
   *     be thread-safe
   */
  public AdapterRegistry(Function<? super LoraAdapter, ? extends T> binder) {
    this(binder, Long.MAX_VALUE);
  }

  /**
   * An empty registry with a budget of memory.
   *
   * @param binder makes the form that a model runs, and throws if the adapter does not fit it; must
   *     be thread-safe
   * @param budgetBytes for all adapters together, at least 1; an adapter counts with the bytes of
   *     its numbers and as many again for the form. Calls may hold more for as long as they run
   */
  public AdapterRegistry(Function<? super LoraAdapter, ? extends T> binder, long budgetBytes) {
    this(binder, budgetBytes, PeftAdapterFiles::load);
  }

  /**
   * An empty registry that reads adapters in other layouts than PEFT's, too.
   *
   * @param binder as for the other constructors
   * @param budgetBytes for all adapters together, {@link Long#MAX_VALUE} for no budget
   * @param reader reads what is loaded; where it takes files, paths may be those of files
   */
  public AdapterRegistry(
      Function<? super LoraAdapter, ? extends T> binder, long budgetBytes, AdapterReader reader) {
    if (budgetBytes < 1) {
      throw new IllegalArgumentException("a budget of " + budgetBytes + " bytes is below 1");
    }
    this.binder = binder;
    this.reader = reader;
    this.residency = new Residency(budgetBytes);
  }

  /** A registry that hands out the adapters themselves. */
  public static AdapterRegistry<LoraAdapter> unbound() {
    return new AdapterRegistry<>(Function.identity());
  }

  /**
   * Adds an adapter.
   *
   * @throws IllegalArgumentException if there is an adapter or an alias of this name
   * @throws IllegalStateException if it is over the budget
   */
  public BoundAdapter<T> register(LoraAdapter adapter) {
    state.requireAbsent(adapter.name());
    return add(new AdapterSource.Read(adapter, null));
  }

  /**
   * Adds an adapter from a directory in PEFT's layout, or from where else the reader reads. Under a
   * budget the files must stay as they are for as long as it is loaded.
   *
   * @throws CheckpointException if it cannot be loaded
   * @throws IllegalArgumentException if there is an adapter or an alias of this name
   * @throws IllegalStateException if it alone is over the budget
   */
  public BoundAdapter<T> load(String name, Path directory) {
    state.requireAbsent(name);
    return add(AdapterSource.read(reader, name, directory));
  }

  private BoundAdapter<T> add(AdapterSource.Read read) {
    T form = binder.apply(read.adapter());
    synchronized (this) {
      state.requireAbsent(read.adapter().name());
      return publish(read, form, null, new AdapterUse());
    }
  }

  /**
   * Puts a new version in the place of the adapter with its name. Calls that hold the old version
   * end with it. What {@link #rollBack} needs of it is kept, the form is not.
   *
   * @throws UnknownAdapterException if there is none of this name
   * @throws IllegalArgumentException if it is the name of an alias
   * @throws IllegalStateException if it is over the budget
   */
  public BoundAdapter<T> replace(LoraAdapter adapter) {
    state.require(adapter.name());
    return exchange(new AdapterSource.Read(adapter, null));
  }

  /**
   * Puts a new version from a directory in the place of the adapter with this name, as {@link
   * #replace(LoraAdapter)}. It may be the directory that the old version came from.
   *
   * @throws CheckpointException if it cannot be loaded; the old version stays
   * @throws UnknownAdapterException if there is none of this name
   * @throws IllegalArgumentException if it is the name of an alias
   * @throws IllegalStateException if it is over the budget
   */
  public BoundAdapter<T> replace(String name, Path directory) {
    state.require(name);
    return exchange(AdapterSource.read(reader, name, directory));
  }

  private BoundAdapter<T> exchange(AdapterSource.Read read) {
    T form = binder.apply(read.adapter());
    synchronized (this) {
      AdapterSlot<T> old = state.require(read.adapter().name());
      return publish(read, form, PreviousVersion.of(old), old.use());
    }
  }

  /**
   * Takes back the last change of a name. For an alias, it leads to where it led before. For an
   * adapter, the version before the last replacement comes back, with a new number. Doing it twice
   * ends where it began. One step is kept.
   *
   * @throws UnknownAdapterException if there is no adapter and no alias of this name
   * @throws IllegalStateException if there is nothing to go back to
   * @throws CheckpointException if the earlier version is in a directory and cannot be read again
   */
  public void rollBack(String name) {
    boolean done = rollBackAlias(name);
    while (!done) {
      done = rollBackAdapter(name);
    }
  }

  private synchronized boolean rollBackAlias(String name) {
    AliasTarget alias = state.aliases().get(name);
    if (alias == null) {
      return false;
    }
    if (alias.previous() == null || !state.slots().containsKey(alias.previous())) {
      throw new IllegalStateException(
          "alias '"
              + name
              + "' leads to '"
              + alias.target()
              + "' and cannot go back: "
              + (alias.previous() == null
                  ? "it led nowhere else"
                  : "adapter '" + alias.previous() + "' is unloaded"));
    }
    state = state.withAlias(name, new AliasTarget(alias.previous(), alias.target()));
    return true;
  }

  private boolean rollBackAdapter(String name) {
    AdapterSlot<T> slot = state.require(name);
    if (slot.previous() == null) {
      throw new IllegalStateException("adapter '" + name + "' has no earlier version");
    }
    AdapterSource.Read read = slot.previous().read(reader, name);
    T form = binder.apply(read.adapter());
    synchronized (this) {
      if (!state.holds(slot)) {
        return false;
      }
      publish(read, form, PreviousVersion.of(slot), slot.use());
      return true;
    }
  }

  /**
   * Lets an alias lead to an adapter: a new one, or one that led elsewhere. Calls that began before
   * end with what they hold.
   *
   * @param alias what callers ask for, such as {@code sentiment}
   * @param name the adapter that they get, such as {@code sentiment-v3}
   * @throws UnknownAdapterException if there is no such adapter
   * @throws IllegalArgumentException if an adapter has the name of the alias, or {@code name} is an
   *     alias itself
   */
  public synchronized void activate(String alias, String name) {
    if (state.slots().containsKey(alias)) {
      throw new IllegalArgumentException(
          "'" + alias + "' is the name of an adapter and cannot be an alias");
    }
    state.require(name);
    AliasTarget old = state.aliases().get(alias);
    if (old == null || !old.target().equals(name)) {
      String previous = old == null ? null : old.target();
      state = state.withAlias(alias, new AliasTarget(name, previous));
    }
  }

  /**
   * Removes an alias; the adapter stays.
   *
   * @throws UnknownAdapterException if there is none of this name
   */
  public synchronized void removeAlias(String alias) {
    if (!state.aliases().containsKey(alias)) {
      throw new UnknownAdapterException(
          "no alias '" + alias + "'; there are: " + state.aliases().keySet());
    }
    state = state.withoutAlias(alias);
  }

  /**
   * Removes an adapter. Calls that hold it end with it.
   *
   * @return what it was
   * @throws UnknownAdapterException if there is none of this name
   * @throws IllegalArgumentException if it is the name of an alias
   * @throws IllegalStateException if aliases lead to it
   */
  public synchronized AdapterStatus unload(String name) {
    AdapterSlot<T> slot = state.require(name);
    List<String> aliases = state.aliasesOf(name);
    if (!aliases.isEmpty()) {
      throw new IllegalStateException(
          "adapter '" + name + "' is in use: " + aliases + " lead to it; activate others first");
    }
    state = state.without(name);
    return AdapterStatus.of(slot, aliases);
  }

  /**
   * Says whether an adapter has to stay in memory. One that is not there is read back.
   *
   * @throws UnknownAdapterException if there is none of this name
   * @throws IllegalArgumentException if it is the name of an alias
   * @throws IllegalStateException if those that have to stay are over the budget
   * @throws CheckpointException if it cannot be read back
   */
  public void pin(String name, boolean stay) {
    AdapterSlot<T> slot = setPinned(name, stay);
    if (!stay || slot.bound() != null) {
      return;
    }
    recall(slot);
    slot = state.require(name);
    // Another thread may have said meanwhile that it need not stay.
    if (slot.bound() == null && slot.use().pinned()) {
      setPinned(name, false);
      throw residency.noRoom(slot);
    }
  }

  /** With the lock held, so that an eviction that is under way sees it or is over. */
  private synchronized AdapterSlot<T> setPinned(String name, boolean stay) {
    AdapterSlot<T> slot = state.require(name);
    slot.use().pin(stay);
    return slot;
  }

  /**
   * Drops what is kept of an adapter's earlier version.
   *
   * @throws UnknownAdapterException if there is none of this name
   * @throws IllegalArgumentException if it is the name of an alias
   */
  public synchronized void forgetPrevious(String name) {
    AdapterSlot<T> slot = state.require(name);
    if (slot.previous() != null) {
      state = state.with(slot.withoutPrevious());
    }
  }

  /**
   * The current version of an adapter, or of the one that an alias leads to. Counted as a call.
   *
   * @throws UnknownAdapterException if there is none of this name
   * @throws CheckpointException if it was not in memory and cannot be read back
   */
  public BoundAdapter<T> get(String name) {
    BoundAdapter<T> found = lookUp(name);
    if (found == null) {
      throw state.unknown(name);
    }
    return found;
  }

  /**
   * As {@link #get}, if there is an adapter or an alias of this name.
   *
   * @throws CheckpointException if it was not in memory and cannot be read back
   */
  public Optional<BoundAdapter<T>> find(String name) {
    return Optional.ofNullable(lookUp(name));
  }

  private BoundAdapter<T> lookUp(String name) {
    while (true) {
      AdapterSlot<T> slot = state.find(name);
      if (slot == null) {
        return null;
      }
      BoundAdapter<T> bound = slot.bound();
      if (bound == null) {
        bound = recall(slot);
      }
      if (bound != null) {
        slot.use().call();
        return bound;
      }
    }
  }

  /** The names at this moment, in the order in which they were first added. */
  public List<String> names() {
    return List.copyOf(state.slots().keySet());
  }

  /** The aliases at this moment, each with the adapter that it leads to. */
  public Map<String, String> aliases() {
    Map<String, String> targets = new LinkedHashMap<>();
    state.aliases().forEach((alias, target) -> targets.put(alias, target.target()));
    return targets;
  }

  /** All adapters with their sizes and counters, in the order in which they were first added. */
  public List<AdapterStatus> list() {
    RegistryState<T> now = state;
    return now.slots().values().stream()
        .map(slot -> AdapterStatus.of(slot, now.aliasesOf(slot.name())))
        .toList();
  }

  /** Reads a version back, once for all who ask; null if it was replaced or unloaded meanwhile. */
  private BoundAdapter<T> recall(AdapterSlot<T> slot) {
    synchronized (slot) {
      BoundAdapter<T> bound = slot.bound();
      if (bound != null) {
        return bound;
      }
      AdapterSource.Read read;
      T form;
      try {
        read = AdapterSource.read(reader, slot.name(), slot.source().path());
        form = binder.apply(read.adapter());
      } catch (RuntimeException e) {
        if (state.holds(slot)) {
          throw e;
        }
        return null;
      }
      return admit(slot, read, form);
    }
  }

  private synchronized BoundAdapter<T> admit(AdapterSlot<T> slot, AdapterSource.Read read, T form) {
    if (!state.holds(slot)) {
      return null;
    }
    if (!read.source().equals(slot.source())) {
      LOG.warn(
          "adapter '{}': {} was written since it was loaded; its new version is served",
          slot.name(),
          read.source().path());
      return publish(read, form, null, slot.use());
    }
    BoundAdapter<T> bound = new BoundAdapter<>(read.adapter(), form, slot.version());
    slot.use().load();
    if (residency.makeRoom(state.slots().values(), slot)) {
      slot.keep(bound);
    }
    return bound;
  }

  /** Called with the lock held: changes follow one another, so none is lost. */
  private BoundAdapter<T> publish(
      AdapterSource.Read read, T form, PreviousVersion previous, AdapterUse use) {
    BoundAdapter<T> bound = new BoundAdapter<>(read.adapter(), form, versions + 1);
    AdapterSlot<T> slot = new AdapterSlot<>(bound, read.source(), previous, use);
    if (!residency.makeRoom(state.slots().values(), slot)) {
      if (!slot.evictable() || slot.bytes() > residency.budget()) {
        throw residency.noRoom(slot);
      }
      slot.drop();
    }
    versions++;
    use.load();
    state = state.with(slot);
    return bound;
  }
}
