package io.github.lora4j.adapter;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All that a registry holds at one moment. Immutable; every alias leads to an adapter.
 *
 * @param slots current versions by name, in the order in which the names were added
 * @param aliases by alias; none of them is the name of an adapter
 */
record RegistryState<T>(Map<String, AdapterSlot<T>> slots, Map<String, AliasTarget> aliases) {

  private static final int NAMED_IN_ERRORS = 20;

  static <T> RegistryState<T> empty() {
    return new RegistryState<>(Map.of(), Map.of());
  }

  /** The current version of an adapter or of what an alias leads to, or null. */
  AdapterSlot<T> find(String name) {
    AdapterSlot<T> slot = slots.get(name);
    if (slot == null) {
      AliasTarget alias = aliases.get(name);
      slot = alias == null ? null : slots.get(alias.target());
    }
    return slot;
  }

  /** Whether {@code slot} is still the current version of its name. */
  boolean holds(AdapterSlot<T> slot) {
    return slots.get(slot.name()) == slot;
  }

  /** The adapter of this very name; an alias is an error. */
  AdapterSlot<T> require(String name) {
    AdapterSlot<T> slot = slots.get(name);
    if (slot == null) {
      requireNoAlias(name);
      throw unknown(name);
    }
    return slot;
  }

  void requireNoAlias(String name) {
    AliasTarget alias = aliases.get(name);
    if (alias != null) {
      throw new IllegalArgumentException(
          "'" + name + "' is an alias of adapter '" + alias.target() + "', not an adapter");
    }
  }

  void requireAbsent(String name) {
    requireNoAlias(name);
    if (slots.containsKey(name)) {
      throw new IllegalArgumentException(
          "adapter '" + name + "' is loaded already; replace or unload it");
    }
  }

  UnknownAdapterException unknown(String name) {
    List<String> loaded = slots.keySet().stream().limit(NAMED_IN_ERRORS).toList();
    String more = slots.size() > loaded.size() ? " and others, " + slots.size() + " in all" : "";
    return new UnknownAdapterException("no adapter '" + name + "'; loaded: " + loaded + more);
  }

  /** The aliases that lead to an adapter. */
  List<String> aliasesOf(String name) {
    return aliases.entrySet().stream()
        .filter(alias -> alias.getValue().target().equals(name))
        .map(Map.Entry::getKey)
        .toList();
  }

  RegistryState<T> with(AdapterSlot<T> slot) {
    Map<String, AdapterSlot<T>> next = new LinkedHashMap<>(slots);
    next.put(slot.name(), slot);
    return new RegistryState<>(Collections.unmodifiableMap(next), aliases);
  }

  RegistryState<T> without(String name) {
    Map<String, AdapterSlot<T>> next = new LinkedHashMap<>(slots);
    next.remove(name);
    return new RegistryState<>(Collections.unmodifiableMap(next), aliases);
  }

  /**
   * With an alias that leads to an adapter; what it led to before is kept.
   *
   * @throws UnknownAdapterException if there is no such adapter
   * @throws IllegalArgumentException if an adapter has the name of the alias, or {@code name} is an
   *     alias itself
   */
  RegistryState<T> activated(String alias, String name) {
    if (slots.containsKey(alias)) {
      throw new IllegalArgumentException(
          "'" + alias + "' is the name of an adapter and cannot be an alias");
    }
    require(name);
    AliasTarget old = aliases.get(alias);
    if (old != null && old.target().equals(name)) {
      return this;
    }
    return withAlias(alias, new AliasTarget(name, old == null ? null : old.target()));
  }

  /**
   * With an alias that leads where it led before.
   *
   * @throws IllegalStateException if it led nowhere else, or that adapter is unloaded
   */
  RegistryState<T> rolledBack(String alias) {
    AliasTarget now = aliases.get(alias);
    if (now.previous() == null || !slots.containsKey(now.previous())) {
      throw new IllegalStateException(
          "alias '"
              + alias
              + "' leads to '"
              + now.target()
              + "' and cannot go back: "
              + (now.previous() == null
                  ? "it led nowhere else"
                  : "adapter '" + now.previous() + "' is unloaded"));
    }
    return withAlias(alias, new AliasTarget(now.previous(), now.target()));
  }

  /**
   * Without an alias.
   *
   * @throws UnknownAdapterException if there is none of this name
   */
  RegistryState<T> withoutAlias(String alias) {
    if (!aliases.containsKey(alias)) {
      throw new UnknownAdapterException("no alias '" + alias + "'; there are: " + aliases.keySet());
    }
    Map<String, AliasTarget> next = new LinkedHashMap<>(aliases);
    next.remove(alias);
    return new RegistryState<>(slots, Collections.unmodifiableMap(next));
  }

  private RegistryState<T> withAlias(String alias, AliasTarget target) {
    Map<String, AliasTarget> next = new LinkedHashMap<>(aliases);
    next.put(alias, target);
    return new RegistryState<>(slots, Collections.unmodifiableMap(next));
  }

  /** Where each alias leads. */
  Map<String, String> targets() {
    Map<String, String> targets = new LinkedHashMap<>();
    aliases.forEach((alias, target) -> targets.put(alias, target.target()));
    return targets;
  }
}
