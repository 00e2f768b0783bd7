package io.github.lora4j.models.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;

/** The methods of Python's {@code str} that templates use. */
final class StringMethods {
  private static final Set<String> WITHOUT_ARGUMENTS =
      Set.of(
          "upper",
          "lower",
          "casefold",
          "title",
          "capitalize",
          "isdigit",
          "isnumeric",
          "isdecimal",
          "isalpha",
          "isalnum",
          "isspace",
          "isupper",
          "islower");

  private StringMethods() {}

  /** The method of this name bound to the text, or null if there is none. */
  static Function of(String text, String name) {
    Function method = method(text, name);
    if (method == null || !WITHOUT_ARGUMENTS.contains(name)) {
      return method;
    }
    return args -> method.call(args.atMost(0));
  }

  private static Function method(String text, String name) {
    return switch (name) {
      case "strip" -> args -> PyStrings.strip(text, args.string(0, "chars", null), true, true);
      case "lstrip" -> args -> PyStrings.strip(text, args.string(0, "chars", null), true, false);
      case "rstrip" -> args -> PyStrings.strip(text, args.string(0, "chars", null), false, true);
      case "split" ->
          args ->
              paid(
                  PyStrings.split(
                      text, args.string(0, "sep", null), args.integer(1, "maxsplit", -1)),
                  args);
      case "rsplit" ->
          args ->
              paid(
                  PyStrings.splitRight(
                      text, args.string(0, "sep", null), args.integer(1, "maxsplit", -1)),
                  args);
      case "splitlines" ->
          args -> paid(PyStrings.lines(text, args.flag(0, "keepends", false)), args);
      case "startswith" -> args -> matches(text, args, true);
      case "endswith" -> args -> matches(text, args, false);
      case "upper" -> args -> PyStrings.upper(text);
      case "lower", "casefold" -> args -> PyStrings.lower(text);
      case "title" -> args -> PyStrings.titleWords(text);
      case "capitalize" -> args -> PyStrings.upperFirst(text);
      case "replace" ->
          args ->
              PyStrings.replace(
                  text,
                  args.requiredString(0, "old"),
                  args.requiredString(1, "new"),
                  args.integer(2, "count", -1),
                  args.render());
      case "join" -> args -> join(text, args);
      case "find" -> args -> find(text, args, true);
      case "rfind" -> args -> find(text, args, false);
      case "index" -> args -> found(find(text, args, true));
      case "rindex" -> args -> found(find(text, args, false));
      case "count" -> args -> count(text, args.requiredString(0, "sub"));
      case "removeprefix" -> args -> removed(text, args.requiredString(0, "prefix"), true);
      case "removesuffix" -> args -> removed(text, args.requiredString(0, "suffix"), false);
      case "partition" -> args -> partition(text, args.requiredString(0, "sep"), true);
      case "rpartition" -> args -> partition(text, args.requiredString(0, "sep"), false);
      case "isdigit", "isnumeric", "isdecimal" -> args -> all(text, Character::isDigit);
      case "isalpha" -> args -> all(text, Character::isLetter);
      case "isalnum" -> args -> all(text, Character::isLetterOrDigit);
      case "isspace" -> args -> all(text, PyStrings::isSpace);
      case "isupper" -> args -> cased(text) && text.equals(PyStrings.upper(text));
      case "islower" -> args -> cased(text) && text.equals(PyStrings.lower(text));
      case "format" -> args -> BraceFormat.apply(text, args);
      default -> null;
    };
  }

  private static List<Object> paid(List<Object> list, Args args) {
    args.render().spend(list.size());
    return list;
  }

  private static Object matches(String text, Args args, boolean start) {
    Object affix = args.required(0, start ? "prefix" : "suffix");
    List<?> affixes = affix instanceof Tuple tuple ? tuple : List.of(affix == null ? 0L : affix);
    for (Object one : affixes) {
      Py.requireDefined(one);
      if (!(one instanceof String s)) {
        throw new JinjaException(
            (start ? "startswith" : "endswith") + " needs a string, not " + Py.typeName(affix));
      }
      if (start ? text.startsWith(s) : text.endsWith(s)) {
        return true;
      }
    }
    return false;
  }

  private static String join(String separator, Args args) {
    StringBuilder out = new StringBuilder();
    boolean first = true;
    for (Object item : Py.list(args.required(0, "iterable"), args.render())) {
      if (!(item instanceof String part)) {
        throw new JinjaException("join needs strings, not " + Py.typeName(item));
      }
      out.append(first ? "" : separator).append(part);
      args.render().checkTotal(out.length());
      first = false;
    }
    args.render().checkLength(out.length());
    return out.toString();
  }

  private static Long find(String text, Args args, boolean first) {
    String sub = args.requiredString(0, "sub");
    int at = first ? TextSearch.first(text, sub, 0) : TextSearch.last(text, sub, text.length());
    return at < 0 ? -1L : (long) text.codePointCount(0, at);
  }

  private static Long found(Long at) {
    if (at < 0) {
      throw new JinjaException("substring not found");
    }
    return at;
  }

  private static Long count(String text, String sub) {
    if (sub.isEmpty()) {
      return Py.length(text) + 1;
    }
    long count = 0;
    for (int at = TextSearch.first(text, sub, 0);
        at >= 0;
        at = TextSearch.first(text, sub, at + sub.length())) {
      count++;
    }
    return count;
  }

  private static String removed(String text, String affix, boolean start) {
    if (start) {
      return text.startsWith(affix) ? text.substring(affix.length()) : text;
    }
    return text.endsWith(affix) ? text.substring(0, text.length() - affix.length()) : text;
  }

  private static Tuple partition(String text, String separator, boolean first) {
    if (separator.isEmpty()) {
      throw new JinjaException("empty separator");
    }
    int at =
        first
            ? TextSearch.first(text, separator, 0)
            : TextSearch.last(text, separator, text.length());
    List<Object> parts = new ArrayList<>();
    if (at < 0) {
      parts.addAll(first ? List.of(text, "", "") : List.of("", "", text));
    } else {
      parts.add(text.substring(0, at));
      parts.add(separator);
      parts.add(text.substring(at + separator.length()));
    }
    return new Tuple(parts);
  }

  private static boolean all(String text, IntPredicate test) {
    return !text.isEmpty() && text.codePoints().allMatch(test);
  }

  private static boolean cased(String text) {
    return !PyStrings.upper(text).equals(PyStrings.lower(text));
  }
}
