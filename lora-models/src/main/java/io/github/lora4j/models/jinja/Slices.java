package io.github.lora4j.models.jinja;

import java.util.ArrayList;
import java.util.List;

/** Python's slices of lists, tuples and texts. */
final class Slices {
  private Slices() {}

  static Object slice(Object value, Long from, Long to, Long step, Render render) {
    if (!(value instanceof List) && !(value instanceof String)) {
      throw new JinjaException("a " + Py.typeName(value) + " has no slices");
    }
    long by = step == null ? 1 : step;
    if (by == 0) {
      throw new JinjaException("the step of a slice is zero");
    }
    List<?> list = value instanceof String text ? PyStrings.characters(text) : (List<?>) value;
    int size = list.size();
    render.spend(size / 16);
    long first = from == null ? (by > 0 ? 0 : size - 1) : clip(from, size, by);
    long end = to == null ? (by > 0 ? size : -1) : clip(to, size, by);
    List<Object> part = new ArrayList<>();
    for (long i = first; by > 0 ? i < end : i > end; i += by) {
      part.add(list.get((int) i));
    }
    render.spend(part.size());
    if (value instanceof String) {
      StringBuilder text = new StringBuilder();
      part.forEach(text::append);
      return text.toString();
    }
    return value instanceof Tuple ? new Tuple(part) : part;
  }

  private static long clip(long bound, int size, long step) {
    long at = bound < 0 ? bound + size : bound;
    long least = step > 0 ? 0 : -1;
    return Math.max(least, Math.min(at, step > 0 ? size : size - 1));
  }
}
