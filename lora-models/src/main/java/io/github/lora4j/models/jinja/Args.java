package io.github.lora4j.models.jinja;

import java.util.List;
import java.util.Map;

/** The arguments of a call, with the render they belong to. */
record Args(List<Object> positional, Map<String, Object> named, Render render) {

  /** The argument at a position, or of a name, or else a default value. */
  Object get(int position, String name, Object otherwise) {
    if (position < positional.size()) {
      return positional.get(position);
    }
    return named.getOrDefault(name, otherwise);
  }

  boolean has(int position, String name) {
    return position < positional.size() || named.containsKey(name);
  }

  Object required(int position, String name) {
    if (!has(position, name)) {
      throw new JinjaException("the argument '" + name + "' is missing");
    }
    return get(position, name, null);
  }

  String string(int position, String name, String otherwise) {
    Object value = get(position, name, otherwise);
    if (value == null || value instanceof String) {
      return (String) value;
    }
    throw wrong(name, "a string", value);
  }

  String requiredString(int position, String name) {
    required(position, name);
    String value = string(position, name, null);
    if (value == null) {
      throw wrong(name, "a string", null);
    }
    return value;
  }

  int integer(int position, String name, int otherwise) {
    Object value = get(position, name, (long) otherwise);
    if (value instanceof Boolean b) {
      return b ? 1 : 0;
    }
    if (value instanceof Long number) {
      return (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, number));
    }
    throw wrong(name, "an integer", value);
  }

  boolean flag(int position, String name, boolean otherwise) {
    return Py.truth(get(position, name, otherwise));
  }

  /** Refuses more positional arguments, and names other than these. */
  Args atMost(int count, String... names) {
    if (positional.size() > count) {
      throw new JinjaException("takes at most " + count + " arguments, not " + positional.size());
    }
    for (String name : named.keySet()) {
      if (!List.of(names).contains(name)) {
        throw new JinjaException("has no argument '" + name + "'");
      }
    }
    return this;
  }

  private static JinjaException wrong(String name, String expected, Object value) {
    if (value instanceof Undefined undefined) {
      return undefined.error();
    }
    return new JinjaException(
        "the argument '" + name + "' must be " + expected + ", not " + Py.typeName(value));
  }
}
