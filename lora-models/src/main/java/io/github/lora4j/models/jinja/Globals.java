package io.github.lora4j.models.jinja;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The functions that every template has. */
final class Globals {
  /** What Jinja2's sandbox allows. */
  private static final long MAX_RANGE = 100_000;

  private Globals() {}

  static Scope scope() {
    Scope scope = new Scope(null);
    scope.set("range", (Function) Globals::range);
    scope.set("dict", (Function) Globals::dict);
    scope.set("namespace", (Function) Globals::namespace);
    scope.set("raise_exception", (Function) Globals::raise);
    scope.set(
        "strftime_now",
        (Function)
            args -> Strftime.format(args.requiredString(0, "format"), args.render().clock()));
    return scope;
  }

  private static Object range(Args args) {
    args.atMost(3);
    int given = args.positional().size();
    if (given == 0) {
      throw new JinjaException("range needs an argument");
    }
    long from = given == 1 ? 0 : args.integer(0, "start", 0);
    long to = args.integer(given == 1 ? 0 : 1, "stop", 0);
    long step = args.integer(2, "step", 1);
    if (step == 0) {
      throw new JinjaException("the step of range is zero");
    }
    long size =
        Math.max(0, step > 0 ? (to - from + step - 1) / step : (from - to - step - 1) / -step);
    if (size > MAX_RANGE) {
      throw new JinjaException("a range of " + size + " is longer than " + MAX_RANGE);
    }
    return new PyRange(from, to, step, (int) size);
  }

  private static Object dict(Args args) {
    return entries(args);
  }

  private static Object namespace(Args args) {
    Namespace namespace = new Namespace();
    entries(args).forEach((name, value) -> namespace.set(Py.str(name), value));
    return namespace;
  }

  private static Map<Object, Object> entries(Args args) {
    if (args.positional().size() > 1) {
      throw new JinjaException("dict takes at most one argument without a name");
    }
    Map<Object, Object> map = new LinkedHashMap<>();
    for (Object given : args.positional()) {
      if (given instanceof Map<?, ?> entries) {
        map.putAll(entries);
      } else {
        for (Object pair : Py.list(given, args.render())) {
          List<?> two = Py.list(pair, args.render());
          if (two.size() != 2) {
            throw new JinjaException("dict needs pairs");
          }
          map.put(two.get(0), two.get(1));
        }
      }
    }
    map.putAll(args.named());
    return map;
  }

  private static Object raise(Args args) {
    throw new JinjaException(Py.str(args.required(0, "message")));
  }
}
