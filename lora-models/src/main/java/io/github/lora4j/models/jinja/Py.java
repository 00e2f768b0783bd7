package io.github.lora4j.models.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * What Python does with any value: truth, equality, order, iteration, text. Values are {@code null}
 * (None), Boolean, Long, Double, String, List, {@link Tuple}, Map, {@link Namespace}, {@link
 * Generator}, {@link Function}, {@link LoopState} and {@link Undefined}.
 */
final class Py {
  private static final int MAX_NESTING = 200;

  private Py() {}

  static String typeName(Object value) {
    if (value == null) {
      return "NoneType";
    } else if (value instanceof Boolean) {
      return "bool";
    } else if (value instanceof Long) {
      return "int";
    } else if (value instanceof Double) {
      return "float";
    } else if (value instanceof String) {
      return "str";
    } else if (value instanceof Tuple) {
      return "tuple";
    } else if (value instanceof PyRange) {
      return "range";
    } else if (value instanceof List) {
      return "list";
    } else if (value instanceof Map) {
      return "dict";
    } else if (value instanceof Generator) {
      return "generator";
    } else if (value instanceof Namespace) {
      return "namespace";
    } else if (value instanceof Undefined) {
      return "Undefined";
    }
    return "function";
  }

  static boolean truth(Object value) {
    if (value == null || value instanceof Undefined) {
      return false;
    } else if (value instanceof Boolean b) {
      return b;
    } else if (value instanceof Long number) {
      return number != 0;
    } else if (value instanceof Double number) {
      return number != 0;
    } else if (value instanceof String text) {
      return !text.isEmpty();
    } else if (value instanceof List<?> list) {
      return !list.isEmpty();
    } else if (value instanceof Map<?, ?> map) {
      return !map.isEmpty();
    }
    return true;
  }

  static boolean isNumber(Object value) {
    return value instanceof Boolean || value instanceof Long || value instanceof Double;
  }

  static boolean equal(Object a, Object b, Render render) {
    return equal(a, b, render, 0);
  }

  private static boolean equal(Object a, Object b, Render render, int depth) {
    checkNesting(depth);
    render.step();
    if (isNumber(a) && isNumber(b)) {
      return PyNumbers.compare(a, b) == 0;
    } else if (a instanceof Undefined && b instanceof Undefined) {
      return true;
    } else if (a instanceof List<?> x && b instanceof List<?> y) {
      if (x.size() != y.size() || a instanceof Tuple != b instanceof Tuple) {
        return false;
      }
      for (int i = 0; i < x.size(); i++) {
        if (!equal(x.get(i), y.get(i), render, depth + 1)) {
          return false;
        }
      }
      return true;
    } else if (a instanceof Map<?, ?> x && b instanceof Map<?, ?> y) {
      if (x.size() != y.size()) {
        return false;
      }
      for (Map.Entry<?, ?> entry : x.entrySet()) {
        Object key = PyDict.key(y, entry.getKey());
        if (!y.containsKey(key) || !equal(entry.getValue(), y.get(key), render, depth + 1)) {
          return false;
        }
      }
      return true;
    } else if (a instanceof String x && b instanceof String y) {
      render.spend(Math.min(x.length(), y.length()) / 16);
      return x.equals(y);
    }
    return a == b;
  }

  /** The order of two values, or an error with the operator's name. */
  static int compare(Object a, Object b, String operator, Render render) {
    requireDefined(a);
    requireDefined(b);
    if (isNumber(a) && isNumber(b)) {
      return PyNumbers.compare(a, b);
    } else if (a instanceof String x && b instanceof String y) {
      render.spend((x.length() + y.length()) / 16);
      return PyStrings.compare(x, y);
    } else if (a instanceof List<?> x
        && b instanceof List<?> y
        && a instanceof Tuple == b instanceof Tuple) {
      for (int i = 0; i < Math.min(x.size(), y.size()); i++) {
        if (!equal(x.get(i), y.get(i), render)) {
          return compare(x.get(i), y.get(i), operator, render);
        }
      }
      return Integer.compare(x.size(), y.size());
    }
    throw new JinjaException(
        "'" + operator + "' is not supported between " + typeName(a) + " and " + typeName(b));
  }

  static boolean contains(Object container, Object item, Render render) {
    if (container instanceof String text) {
      if (item instanceof String part) {
        render.spend((text.length() + part.length()) / 16);
        return TextSearch.first(text, part, 0) >= 0;
      }
      requireDefined(item);
      throw new JinjaException("'in <string>' requires a string, not " + typeName(item));
    } else if (container instanceof Map<?, ?> map) {
      return map.containsKey(PyDict.key(map, item));
    }
    for (Object element : list(container, render)) {
      if (equal(element, item, render)) {
        return true;
      }
    }
    return false;
  }

  /** The elements in order; {@code render} pays for them, unless it is null. */
  static List<?> list(Object value, Render render) {
    List<?> elements;
    if (value instanceof List<?> list) {
      elements = list;
    } else if (value instanceof Undefined) {
      elements = List.of();
    } else if (value instanceof Map<?, ?> map) {
      elements = new ArrayList<>(map.keySet());
    } else if (value instanceof String text) {
      elements = PyStrings.characters(text);
    } else if (value instanceof Generator generator) {
      List<Object> rest = new ArrayList<>();
      for (Iterator<?> items = generator.items(); items.hasNext(); ) {
        rest.add(items.next());
      }
      elements = rest;
    } else {
      throw new JinjaException(typeName(value) + " is not iterable");
    }
    if (render != null) {
      render.spend(elements.size());
    }
    return elements;
  }

  static long length(Object value) {
    if (value instanceof String text) {
      return text.codePointCount(0, text.length());
    } else if (value instanceof List<?> list) {
      return list.size();
    } else if (value instanceof Map<?, ?> map) {
      return map.size();
    } else if (value instanceof Undefined) {
      return 0;
    } else if (value instanceof LoopState loop) {
      return loop.length();
    }
    throw new JinjaException(typeName(value) + " has no length");
  }

  /** Python's {@code str}. */
  static String str(Object value) {
    if (value instanceof String text) {
      return text;
    } else if (value instanceof Undefined) {
      return "";
    }
    return repr(value);
  }

  /** Python's {@code repr}. */
  static String repr(Object value) {
    StringBuilder out = new StringBuilder();
    repr(value, out, 0);
    return out.toString();
  }

  private static void repr(Object value, StringBuilder out, int depth) {
    checkNesting(depth);
    if (value == null) {
      out.append("None");
    } else if (value instanceof Boolean b) {
      out.append(b ? "True" : "False");
    } else if (value instanceof Double number) {
      out.append(PyNumbers.repr(number));
    } else if (value instanceof String text) {
      PyStrings.repr(text, out);
    } else if (value instanceof PyRange range) {
      out.append(range.repr());
    } else if (value instanceof List<?> list) {
      boolean tuple = value instanceof Tuple;
      out.append(tuple ? '(' : '[');
      for (int i = 0; i < list.size(); i++) {
        out.append(i > 0 ? ", " : "");
        repr(list.get(i), out, depth + 1);
      }
      out.append(tuple ? (list.size() == 1 ? ",)" : ")") : "]");
    } else if (value instanceof Map<?, ?> map) {
      out.append('{');
      String separator = "";
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        out.append(separator);
        repr(entry.getKey(), out, depth + 1);
        out.append(": ");
        repr(entry.getValue(), out, depth + 1);
        separator = ", ";
      }
      out.append('}');
    } else if (value instanceof Namespace namespace) {
      out.append("<Namespace ");
      repr(namespace.attributes(), out, depth + 1);
      out.append('>');
    } else if (value instanceof Undefined) {
      out.append("Undefined");
    } else if (value instanceof Long number) {
      out.append(number.longValue());
    } else {
      throw new JinjaException("a " + typeName(value) + " cannot be printed");
    }
    // What is shared many times over would be printed in full each time.
    if (out.length() > JinjaLimits.DEFAULT.characters()) {
      throw new JinjaException("a value is too long to be printed");
    }
  }

  static void requireDefined(Object value) {
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
  }

  static void checkNesting(int depth) {
    if (depth > MAX_NESTING) {
      throw new JinjaException("a value is nested more than " + MAX_NESTING + " deep");
    }
  }
}
