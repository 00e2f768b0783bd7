package io.github.lora4j.models.jinja;

import java.util.LinkedHashMap;
import java.util.Map;

/** The object of {@code namespace(...)}: its attributes can be set from inner scopes. */
final class Namespace {
  private final Map<String, Object> attributes = new LinkedHashMap<>();

  Object get(String name) {
    return attributes.containsKey(name)
        ? attributes.get(name)
        : new Undefined("'namespace object' has no attribute '" + name + "'");
  }

  void set(String name, Object value) {
    if (name.startsWith("_")) {
      throw new JinjaException("a namespace cannot hold '" + name + "'");
    }
    attributes.put(name, value);
  }

  Map<String, Object> attributes() {
    return attributes;
  }
}
