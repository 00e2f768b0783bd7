package io.github.lora4j.models.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The filter {@code tojson} of chat templates: Python's {@code json.dumps}, no HTML escapes. */
final class PyJson {
  private final boolean ascii;
  private final String indent;
  private final String itemSeparator;
  private final String keySeparator;
  private final boolean sortKeys;
  private final Render render;
  private final StringBuilder out = new StringBuilder();

  private PyJson(Args args) {
    args.atMost(4, "ensure_ascii", "indent", "separators", "sort_keys");
    ascii = args.flag(0, "ensure_ascii", false);
    Object width = args.get(1, "indent", null);
    if (width instanceof String given) {
      indent = given;
    } else if (width == null) {
      indent = null;
    } else {
      int blanks = Math.max(0, args.integer(1, "indent", 0));
      args.render().checkLength(blanks);
      indent = " ".repeat(blanks);
    }
    Object separators = args.get(2, "separators", null);
    if (separators == null) {
      itemSeparator = indent == null ? ", " : ",";
      keySeparator = ": ";
    } else if (separators instanceof List<?> pair
        && pair.size() == 2
        && pair.get(0) instanceof String item
        && pair.get(1) instanceof String key) {
      itemSeparator = item;
      keySeparator = key;
    } else {
      throw new JinjaException("filter 'tojson': separators must be two strings");
    }
    sortKeys = args.flag(3, "sort_keys", false);
    render = args.render();
  }

  static String write(Object value, Args args) {
    PyJson json = new PyJson(args);
    json.value(value, 0);
    return json.out.toString();
  }

  private void value(Object value, int depth) {
    Py.checkNesting(depth);
    render.step();
    if (value == null) {
      out.append("null");
    } else if (value instanceof Boolean b) {
      out.append(b.booleanValue());
    } else if (value instanceof Long number) {
      out.append(number.longValue());
    } else if (value instanceof Double number) {
      out.append(number(number));
    } else if (value instanceof String text) {
      string(text);
    } else if (value instanceof List<?> list) {
      list(list, depth);
    } else if (value instanceof Map<?, ?> map) {
      map(map, depth);
    } else {
      Py.requireDefined(value);
      throw new JinjaException("filter 'tojson': a " + Py.typeName(value) + " has no JSON");
    }
    render.checkTotal(out.length());
  }

  private static String number(double number) {
    if (Double.isNaN(number)) {
      return "NaN";
    }
    return Double.isInfinite(number)
        ? (number > 0 ? "Infinity" : "-Infinity")
        : PyNumbers.repr(number);
  }

  private void list(List<?> list, int depth) {
    out.append('[');
    for (int i = 0; i < list.size(); i++) {
      out.append(i > 0 ? itemSeparator : "");
      newLine(depth + 1);
      value(list.get(i), depth + 1);
    }
    if (!list.isEmpty()) {
      newLine(depth);
    }
    out.append(']');
  }

  private void map(Map<?, ?> map, int depth) {
    List<Object> keys = new ArrayList<>(map.keySet());
    if (sortKeys) {
      keys.sort((a, b) -> Py.compare(a, b, "<", render));
    }
    Map<Object, Object> ordered = new LinkedHashMap<>();
    keys.forEach(key -> ordered.put(key, map.get(key)));
    out.append('{');
    String separator = "";
    for (Map.Entry<Object, Object> entry : ordered.entrySet()) {
      out.append(separator);
      newLine(depth + 1);
      key(entry.getKey());
      out.append(keySeparator);
      value(entry.getValue(), depth + 1);
      separator = itemSeparator;
    }
    if (!ordered.isEmpty()) {
      newLine(depth);
    }
    out.append('}');
  }

  private void key(Object key) {
    if (key == null) {
      string("null");
    } else if (key instanceof Boolean b) {
      string(b.toString());
    } else if (key instanceof String || Py.isNumber(key)) {
      string(Py.str(key));
    } else {
      throw new JinjaException("filter 'tojson': a " + Py.typeName(key) + " cannot be a key");
    }
  }

  private void newLine(int depth) {
    if (indent != null) {
      render.checkTotal(out.length() + (long) indent.length() * depth);
      out.append('\n').append(indent.repeat(depth));
    }
  }

  private void string(String text) {
    render.checkLength(text.length());
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\f' -> out.append("\\f");
        case '\b' -> out.append("\\b");
        default -> {
          if (c < 0x20 || (ascii && c > 0x7e)) {
            out.append(String.format("\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
