package io.github.lora4j.models.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The filters that go through the elements of a value. */
final class ListFilters {
  private ListFilters() {}

  static Object apply(String name, Object value, Args args) {
    return switch (name) {
      case "first" -> {
        List<?> list = list(value, args);
        yield list.isEmpty() ? new Undefined("there is no first item") : list.get(0);
      }
      case "last" -> {
        List<?> list = list(value, args);
        yield list.isEmpty() ? new Undefined("there is no last item") : list.get(list.size() - 1);
      }
      case "list" -> new ArrayList<Object>(list(value, args));
      case "join" -> join(value, args);
      case "reverse" -> reverse(value, args);
      case "map" -> map(value, args);
      case "select" -> select(value, args, false, true);
      case "reject" -> select(value, args, false, false);
      case "selectattr" -> select(value, args, true, true);
      case "rejectattr" -> select(value, args, true, false);
      case "sort" -> sort(value, args);
      case "dictsort" -> dictSort(value, args);
      case "unique" -> unique(value, args);
      case "sum" -> sum(value, args);
      case "min" -> extreme(value, args, -1);
      case "max" -> extreme(value, args, 1);
      case "batch" -> batch(value, args);
      default -> throw new JinjaException("there is no filter '" + name + "'");
    };
  }

  private static List<?> list(Object value, Args args) {
    return Py.list(value, args.render());
  }

  private static String join(Object value, Args args) {
    String separator = Py.str(args.get(0, "d", ""));
    String attribute = args.string(1, "attribute", null);
    StringBuilder out = new StringBuilder();
    boolean first = true;
    for (Object item : list(value, args)) {
      Object part = attribute == null ? item : path(item, attribute);
      out.append(first ? "" : separator).append(Py.str(part));
      args.render().checkTotal(out.length());
      first = false;
    }
    args.render().checkLength(out.length());
    return out.toString();
  }

  private static Object reverse(Object value, Args args) {
    if (value instanceof String text) {
      args.render().checkLength(text.length());
      return new StringBuilder(text).reverse().toString();
    }
    List<Object> reversed = new ArrayList<>(list(value, args));
    Collections.reverse(reversed);
    return new Generator(reversed);
  }

  private static Object map(Object value, Args args) {
    List<Object> mapped = new ArrayList<>();
    if (args.named().containsKey("attribute")) {
      String attribute = Py.str(args.named().get("attribute"));
      for (Object item : list(value, args)) {
        Object found = path(item, attribute);
        boolean absent = found instanceof Undefined && args.named().containsKey("default");
        mapped.add(absent ? args.named().get("default") : found);
      }
      return new Generator(mapped);
    }
    String filter = args.requiredString(0, "filter");
    Args rest = rest(args, 1);
    for (Object item : list(value, args)) {
      args.render().step();
      mapped.add(Filters.apply(filter, item, rest));
    }
    return new Generator(mapped);
  }

  private static Object select(Object value, Args args, boolean attribute, boolean wanted) {
    String path = attribute ? Py.str(args.required(0, "attribute")) : null;
    int at = attribute ? 1 : 0;
    String test = args.positional().size() > at ? args.requiredString(at, "test") : null;
    Args rest = rest(args, at + 1);
    List<Object> kept = new ArrayList<>();
    for (Object item : list(value, args)) {
      args.render().step();
      Object tested = path == null ? item : path(item, path);
      if ((test == null ? Py.truth(tested) : Tests.holds(test, tested, rest)) == wanted) {
        kept.add(item);
      }
    }
    return new Generator(kept);
  }

  private static Args rest(Args args, int from) {
    List<Object> positional = args.positional();
    return new Args(
        positional.subList(Math.min(from, positional.size()), positional.size()),
        args.named(),
        args.render());
  }

  private static Object sort(Object value, Args args) {
    List<Object> sorted = new ArrayList<>(list(value, args));
    String attribute = args.string(2, "attribute", null);
    sort(
        sorted,
        args.render(),
        attribute,
        args.flag(1, "case_sensitive", false),
        args.flag(0, "reverse", false));
    return sorted;
  }

  private static void sort(
      List<Object> items, Render render, String attribute, boolean caseSensitive, boolean reverse) {
    Comparator<Object> order =
        (a, b) ->
            Py.compare(
                key(a, attribute, caseSensitive), key(b, attribute, caseSensitive), "<", render);
    items.sort(reverse ? order.reversed() : order);
  }

  private static Object key(Object item, String attribute, boolean caseSensitive) {
    Object key = attribute == null ? item : path(item, attribute);
    return key instanceof String text && !caseSensitive ? PyStrings.lower(text) : key;
  }

  private static Object dictSort(Object value, Args args) {
    if (!(value instanceof Map<?, ?> map)) {
      throw new JinjaException("filter 'dictsort': needs a dict, not " + Py.typeName(value));
    }
    boolean byValue = "value".equals(args.string(1, "by", "key"));
    List<Object> items = CollectionMethods.items(map, args.render());
    sort(
        items,
        args.render(),
        byValue ? "1" : "0",
        args.flag(0, "case_sensitive", false),
        args.flag(2, "reverse", false));
    return items;
  }

  private static Object unique(Object value, Args args) {
    boolean caseSensitive = args.flag(0, "case_sensitive", false);
    String attribute = args.string(1, "attribute", null);
    Map<Object, Object> seen = new LinkedHashMap<>();
    for (Object item : list(value, args)) {
      seen.putIfAbsent(key(item, attribute, caseSensitive), item);
    }
    return new Generator(new ArrayList<>(seen.values()));
  }

  private static Object sum(Object value, Args args) {
    String attribute = args.string(0, "attribute", null);
    Object sum = args.get(1, "start", 0L);
    for (Object item : list(value, args)) {
      Object part = attribute == null ? item : path(item, attribute);
      sum = Arithmetic.apply("+", sum, part, args.render());
    }
    return sum;
  }

  private static Object extreme(Object value, Args args, int sign) {
    boolean caseSensitive = args.flag(0, "case_sensitive", false);
    String attribute = args.string(1, "attribute", null);
    Object best = null;
    boolean first = true;
    for (Object item : list(value, args)) {
      boolean better =
          first
              || sign
                      * Py.compare(
                          key(item, attribute, caseSensitive),
                          key(best, attribute, caseSensitive),
                          "<",
                          args.render())
                  > 0;
      best = better ? item : best;
      first = false;
    }
    return first ? new Undefined("there is no item") : best;
  }

  private static Object batch(Object value, Args args) {
    int size = args.integer(0, "linecount", 0);
    if (size < 1) {
      throw new JinjaException("filter 'batch': the size is " + size);
    }
    List<Object> batches = new ArrayList<>();
    List<?> items = list(value, args);
    for (int from = 0; from < items.size(); from += size) {
      List<Object> batch =
          new ArrayList<>(items.subList(from, Math.min(items.size(), from + size)));
      while (args.get(1, "fill_with", null) != null && batch.size() < size) {
        args.render().step();
        batch.add(args.get(1, "fill_with", null));
      }
      batches.add(batch);
    }
    return new Generator(batches);
  }

  /** {@code a.b.0}: elements of elements. */
  private static Object path(Object item, String attribute) {
    Object current = item;
    for (String part : attribute.split("\\.", -1)) {
      current =
          Access.item(current, part.matches("[0-9]{1,9}") ? (Object) Long.valueOf(part) : part);
    }
    return current;
  }
}
