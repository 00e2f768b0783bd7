package io.github.lora4j.models.jinja;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Collections;
import java.util.IllegalFormatException;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** {@code '%s is %d' % (a, b)}: the conversions s, r, d, i, f, x and %, with flags and widths. */
final class PercentFormat {
  private PercentFormat() {}

  static String apply(String format, Object values, Render render) {
    StringBuilder out = new StringBuilder();
    int next = 0;
    boolean named = false;
    List<?> list = values instanceof Tuple tuple ? tuple : Collections.singletonList(values);
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%') {
        out.append(c);
        continue;
      }
      int at = i + 1;
      String key = null;
      if (at < format.length() && format.charAt(at) == '(') {
        int end = format.indexOf(')', at);
        if (end < 0) {
          throw new JinjaException("an incomplete format '" + format + "'");
        }
        key = format.substring(at + 1, end);
        named = true;
        at = end + 1;
      }
      int spec = at;
      while (at < format.length() && "-+ 0123456789.".indexOf(format.charAt(at)) >= 0) {
        at++;
      }
      if (at == format.length()) {
        throw new JinjaException("an incomplete format '" + format + "'");
      }
      char conversion = format.charAt(at);
      i = at;
      if (conversion == '%') {
        out.append('%');
        continue;
      }
      Object value;
      if (key != null) {
        if (!(values instanceof Map<?, ?> map) || !map.containsKey(key)) {
          throw new JinjaException("the format '" + format + "' needs '" + key + "'");
        }
        value = map.get(key);
      } else {
        if (next == list.size()) {
          throw new JinjaException("not enough values for the format '" + format + "'");
        }
        value = list.get(next++);
      }
      out.append(convert(format.substring(spec, at), conversion, value));
      render.checkLength(out.length());
    }
    if (!named && next < list.size() && !(values instanceof Map)) {
      throw new JinjaException("too many values for the format '" + format + "'");
    }
    return out.toString();
  }

  private static String convert(String spec, char conversion, Object value) {
    if (spec.length() > 6) {
      throw new JinjaException("the width '" + spec + "' is not supported");
    }
    try {
      return switch (conversion) {
        case 's' -> String.format(Locale.ROOT, "%" + spec + "s", Py.str(value));
        case 'r' -> String.format(Locale.ROOT, "%" + spec + "s", Py.repr(value));
        case 'd', 'i', 'x' -> {
          if (!Py.isNumber(value)) {
            throw new JinjaException(
                "%" + conversion + " needs a number, not " + Py.typeName(value));
          }
          long number =
              value instanceof Double real ? (long) (double) real : PyNumbers.asLong(value);
          yield String.format(
              Locale.ROOT, "%" + spec + (conversion == 'i' ? 'd' : conversion), number);
        }
        case 'f' -> {
          if (!Py.isNumber(value)) {
            throw new JinjaException("%f needs a number, not " + Py.typeName(value));
          }
          // HALF_EVEN of the exact value, as C does; Java rounds the shortest decimal half up.
          yield fixed(spec, PyNumbers.asDouble(value));
        }
        default -> throw new JinjaException("the format %" + conversion + " is not supported");
      };
    } catch (IllegalFormatException e) {
      throw new JinjaException("the format %" + spec + conversion + " is not supported");
    }
  }

  private static String fixed(String spec, double value) {
    int dot = spec.indexOf('.');
    int digits =
        dot < 0 ? 6 : dot + 1 == spec.length() ? 0 : Integer.parseInt(spec.substring(dot + 1));
    BigDecimal rounded = new BigDecimal(value).setScale(digits, RoundingMode.HALF_EVEN);
    return String.format(
        Locale.ROOT, "%" + (dot < 0 ? spec : spec.substring(0, dot)) + "." + digits + "f", rounded);
  }
}
