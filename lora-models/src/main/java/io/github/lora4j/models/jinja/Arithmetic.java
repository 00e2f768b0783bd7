package io.github.lora4j.models.jinja;

import java.util.ArrayList;
import java.util.List;

/** The operators {@code + - * / // % **} of numbers, texts and lists. */
final class Arithmetic {
  private Arithmetic() {}

  static Object apply(String operator, Object a, Object b, Render render) {
    Py.requireDefined(a);
    if (operator.equals("%") && a instanceof String format) {
      return PercentFormat.apply(format, b, render);
    }
    Py.requireDefined(b);
    if (Py.isNumber(a) && Py.isNumber(b)) {
      return PyNumbers.apply(operator, a, b);
    }
    if (operator.equals("+") && a instanceof String x && b instanceof String y) {
      render.checkLength((long) x.length() + y.length());
      return x + y;
    }
    if (operator.equals("+")
        && a instanceof List<?> x
        && b instanceof List<?> y
        && a instanceof Tuple == b instanceof Tuple) {
      render.spend(x.size() + y.size());
      List<Object> both = new ArrayList<>(x);
      both.addAll(y);
      return a instanceof Tuple ? new Tuple(both) : both;
    }
    if (operator.equals("*")) {
      Object times = Py.isNumber(b) ? b : a;
      Object value = times == b ? a : b;
      if (times instanceof Long || times instanceof Boolean) {
        return repeat(value, Math.max(0, PyNumbers.asLong(times)), render);
      }
    }
    throw wrong(operator, a, b);
  }

  private static Object repeat(Object value, long times, Render render) {
    long size =
        value instanceof String text ? text.length() : value instanceof List<?> l ? l.size() : 1;
    // The bound of a text also keeps a list, and the product, from overflowing.
    if (size > 0 && times > Integer.MAX_VALUE / size) {
      throw new JinjaException("'*' makes a " + Py.typeName(value) + " that is too long");
    }
    if (value instanceof String text) {
      render.checkLength(size * times);
      return text.repeat((int) times);
    } else if (value instanceof List<?> list) {
      render.spend(size * times);
      List<Object> all = new ArrayList<>();
      for (long i = 0; i < times && size > 0; i++) {
        all.addAll(list);
      }
      return value instanceof Tuple ? new Tuple(all) : all;
    }
    throw wrong("*", value, times);
  }

  private static JinjaException wrong(String operator, Object a, Object b) {
    return new JinjaException(
        "'" + operator + "' is not supported for " + Py.typeName(a) + " and " + Py.typeName(b));
  }
}
