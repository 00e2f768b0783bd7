package io.github.lora4j.models.jinja;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** The filters by name: those of one value here, those that go through elements in ListFilters. */
final class Filters {
  private Filters() {}

  static Object apply(String name, Object value, Args args) {
    args.render().pay(value);
    try {
      return find(name, value, args);
    } catch (JinjaException e) {
      if (e.getMessage().startsWith("the argument") || e.getMessage().startsWith("takes ")) {
        throw new JinjaException("filter '" + name + "': " + e.getMessage());
      }
      throw e;
    }
  }

  private static Object find(String name, Object value, Args args) {
    return switch (name) {
      case "abs" -> absolute(value);
      case "attr" -> Access.attribute(value, args.requiredString(0, "name"));
      case "capitalize" -> PyStrings.upperFirst(Py.str(value));
      case "center" -> center(Py.str(value), args.integer(0, "width", 80), args.render());
      case "count", "length" -> Py.length(value);
      case "d", "default" -> {
        boolean missing =
            value instanceof Undefined || (args.flag(1, "boolean", false) && !Py.truth(value));
        yield missing ? args.get(0, "default_value", "") : value;
      }
      case "e", "escape", "forceescape" -> escape(Py.str(value), args.render());
      case "float" -> toFloat(value, args.get(0, "default", 0.0));
      case "format" -> format(Py.str(value), args);
      case "indent" -> indent(Py.str(value), args);
      case "int" -> toInt(value, args.get(0, "default", 0L));
      case "items" -> items(value, args);
      case "lower" -> PyStrings.lower(Py.str(value));
      case "replace" ->
          PyStrings.replace(
              Py.str(value),
              Py.str(args.required(0, "old")),
              Py.str(args.required(1, "new")),
              args.get(2, "count", null) == null ? -1 : args.integer(2, "count", -1),
              args.render());
      case "round" -> round(value, args);
      case "safe", "string" -> Py.str(value);
      case "title" -> title(Py.str(value));
      case "tojson" -> PyJson.write(value, args);
      case "trim" -> PyStrings.strip(Py.str(value), args.string(0, "chars", null), true, true);
      case "upper" -> PyStrings.upper(Py.str(value));
      case "wordcount" -> words(Py.str(value));
      default -> ListFilters.apply(name, value, args);
    };
  }

  private static Object absolute(Object value) {
    requireNumber(value, "abs");
    return PyNumbers.compare(value, 0L) < 0 ? PyNumbers.negate(value) : value;
  }

  private static void requireNumber(Object value, String filter) {
    Py.requireDefined(value);
    if (!Py.isNumber(value)) {
      throw new JinjaException(
          "filter '" + filter + "': needs a number, not " + Py.typeName(value));
    }
  }

  private static String center(String text, int width, Render render) {
    render.checkLength(Math.max(width, text.length()));
    int blanks = Math.max(0, width - (int) Py.length(text));
    int left = blanks / 2 + (blanks & width & 1);
    return " ".repeat(left) + text + " ".repeat(blanks - left);
  }

  private static String escape(String text, Render render) {
    render.checkLength(5L * text.length());
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("'", "&#39;")
        .replace("\"", "&#34;");
  }

  private static Object toFloat(Object value, Object otherwise) {
    Py.requireDefined(value);
    if (Py.isNumber(value)) {
      return PyNumbers.asDouble(value);
    }
    Double parsed = value instanceof String text ? parse(text) : null;
    return parsed == null ? otherwise : parsed;
  }

  private static Object toInt(Object value, Object otherwise) {
    Py.requireDefined(value);
    if (value instanceof Double number) {
      return Double.isNaN(number) || Double.isInfinite(number)
          ? otherwise
          : (Object) (long) (double) number;
    } else if (Py.isNumber(value)) {
      return PyNumbers.asLong(value);
    } else if (value instanceof String text) {
      String digits = PyStrings.strip(text, null, true, true);
      if (digits.matches("[+-]?[0-9]{1,18}")) {
        return Long.parseLong(digits);
      }
      Double parsed = parse(text);
      return parsed == null || parsed.isInfinite() || parsed.isNaN()
          ? otherwise
          : (Object) (long) (double) parsed;
    }
    return otherwise;
  }

  private static Double parse(String text) {
    String digits = PyStrings.strip(text, null, true, true);
    // Java's own syntax has suffixes and hexadecimal floats that Python has not.
    return digits.length() < 400
            && digits.matches("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?")
        ? Double.valueOf(digits)
        : null;
  }

  private static Object format(String format, Args args) {
    if (!args.named().isEmpty()) {
      return PercentFormat.apply(format, args.named(), args.render());
    }
    return PercentFormat.apply(format, new Tuple(args.positional()), args.render());
  }

  private static String indent(String text, Args args) {
    Object width = args.get(0, "width", 4L);
    int blanks = width instanceof String ? 0 : Math.max(0, args.integer(0, "width", 4));
    args.render().checkLength(blanks);
    String prefix = width instanceof String given ? given : " ".repeat(blanks);
    boolean first = args.flag(1, "first", false);
    boolean blank = args.flag(2, "blank", false);
    // The filter reads one line more than there is, so that a last line end is kept.
    List<Object> lines = PyStrings.lines(text + "\n", false);
    args.render().checkLength(text.length() + (long) prefix.length() * lines.size());
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < lines.size(); i++) {
      String line = (String) lines.get(i);
      boolean prefixed = i == 0 ? first : blank || !line.isEmpty();
      out.append(i > 0 ? "\n" : "").append(prefixed ? prefix : "").append(line);
    }
    return out.toString();
  }

  private static Object items(Object value, Args args) {
    if (value instanceof Undefined) {
      return new Generator(Collections.emptyList());
    }
    if (value instanceof Map<?, ?> map) {
      return new Generator(CollectionMethods.items(map, args.render()));
    }
    throw new JinjaException("filter 'items': needs a dict, not " + Py.typeName(value));
  }

  private static Object round(Object value, Args args) {
    requireNumber(value, "round");
    int precision = args.integer(0, "precision", 0);
    String method = args.string(1, "method", "common");
    if (!(value instanceof Double) && method.equals("common") && precision >= 0) {
      return PyNumbers.asLong(value);
    }
    double number = PyNumbers.asDouble(value);
    if (Math.abs(precision) > 300 || Double.isNaN(number) || Double.isInfinite(number)) {
      throw new JinjaException("filter 'round': not supported for " + Py.str(value));
    }
    RoundingMode mode =
        switch (method) {
          case "common" -> RoundingMode.HALF_EVEN;
          case "ceil" -> RoundingMode.CEILING;
          case "floor" -> RoundingMode.FLOOR;
          default -> throw new JinjaException("filter 'round': no method '" + method + "'");
        };
    return new BigDecimal(number).setScale(precision, mode).doubleValue();
  }

  /** Jinja's own: a word begins after a blank, a dash or an opening bracket. */
  private static String title(String text) {
    StringBuilder out = new StringBuilder();
    boolean begins = true;
    for (int i = 0; i < text.length(); ) {
      int end = text.offsetByCodePoints(i, 1);
      String one = text.substring(i, end);
      out.append(begins ? PyStrings.upper(one) : PyStrings.lower(one));
      begins = "-({[<".contains(one) || PyStrings.isSpace(one.codePointAt(0));
      i = end;
    }
    return out.toString();
  }

  private static long words(String text) {
    long count = 0;
    boolean inside = false;
    for (int point : text.codePoints().toArray()) {
      boolean word = Character.isLetterOrDigit(point) || point == '_';
      count += word && !inside ? 1 : 0;
      inside = word;
    }
    return count;
  }
}
