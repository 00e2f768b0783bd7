package io.github.lora4j.models.jinja;

import java.util.HashMap;
import java.util.Map;

/** Names with their values; a name that is not here is looked for further out. */
final class Scope {
  private final Scope outer;
  private final Map<String, Object> values = new HashMap<>();

  Scope(Scope outer) {
    this.outer = outer;
  }

  void set(String name, Object value) {
    values.put(name, value);
  }

  Object get(String name) {
    for (Scope scope = this; scope != null; scope = scope.outer) {
      if (scope.values.containsKey(name)) {
        return scope.values.get(name);
      }
    }
    return Undefined.name(name);
  }
}
