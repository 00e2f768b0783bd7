package io.github.lora4j.models.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The methods of Python's dict, list and tuple that change nothing; the sandbox has no others. */
final class CollectionMethods {
  private CollectionMethods() {}

  static Function of(Map<?, ?> map, String name) {
    return switch (name) {
      case "get" ->
          args -> {
            Object key = PyDict.key(map, args.required(0, "key"));
            return map.containsKey(key) ? map.get(key) : args.get(1, "default", null);
          };
      case "items" -> args -> items(map, args.render());
      case "keys" -> args -> paid(new ArrayList<>(map.keySet()), args);
      case "values" -> args -> paid(new ArrayList<>(map.values()), args);
      case "copy" -> args -> new LinkedHashMap<Object, Object>(map);
      case "pop", "popitem", "update", "clear", "setdefault" -> unsafe("dict", name);
      default -> null;
    };
  }

  static Function of(List<?> list, String name) {
    return switch (name) {
      case "index" ->
          args -> {
            for (int i = 0; i < list.size(); i++) {
              if (Py.equal(list.get(i), args.required(0, "value"), args.render())) {
                return (long) i;
              }
            }
            throw new JinjaException("the value of index() is not in the list");
          };
      case "count" ->
          args ->
              list.stream()
                  .filter(x -> Py.equal(x, args.required(0, "value"), args.render()))
                  .count();
      case "copy" -> list instanceof Tuple ? null : args -> paid(new ArrayList<>(list), args);
      case "append", "extend", "insert", "pop", "remove", "reverse", "sort", "clear" ->
          list instanceof Tuple ? null : unsafe("list", name);
      default -> null;
    };
  }

  static List<Object> items(Map<?, ?> map, Render render) {
    render.spend(map.size());
    List<Object> items = new ArrayList<>();
    map.forEach((key, value) -> items.add(Tuple.of(key, value)));
    return items;
  }

  private static List<Object> paid(List<Object> list, Args args) {
    args.render().spend(list.size());
    return list;
  }

  private static Function unsafe(String type, String name) {
    return args -> {
      throw new JinjaException("'" + name + "' would change a " + type + ", which is not allowed");
    };
  }
}
