package io.github.lora4j.models.jinja;

import java.util.Map;

/** Keys of Python's dict: numbers are equal across their types, so 1, 1.0 and True are one key. */
final class PyDict {
  private PyDict() {}

  /** The key of the map that equals this one, or else the key itself. */
  static Object key(Map<?, ?> map, Object key) {
    if (Py.isNumber(key) && !map.containsKey(key)) {
      for (Object known : map.keySet()) {
        if (Py.isNumber(known) && PyNumbers.compare(known, key) == 0) {
          return known;
        }
      }
    }
    return key;
  }
}
