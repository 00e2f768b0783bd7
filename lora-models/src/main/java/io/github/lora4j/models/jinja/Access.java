package io.github.lora4j.models.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What reaches into a value: {@code a.b}, {@code a[b]}, {@code a[b:c]} and calls. */
final class Access {
  private Access() {}

  /** {@code a.b}: a method before an element, as Jinja looks for it. */
  record Attribute(Expr of, String name) implements Expr {
    @Override
    public Object eval(Scope scope, Render render) {
      render.step();
      Object value = of.eval(scope, render);
      render.pay(value);
      return attribute(value, name);
    }
  }

  /** {@code a[b]}: an element before a method. */
  record Item(Expr of, Expr key) implements Expr {
    @Override
    public Object eval(Scope scope, Render render) {
      render.step();
      Object value = of.eval(scope, render);
      render.pay(value);
      return item(value, key.eval(scope, render));
    }
  }

  /** {@code a[from:to:step]}; any of the three may be null. */
  record Slice(Expr of, Expr from, Expr to, Expr step) implements Expr {
    @Override
    public Object eval(Scope scope, Render render) {
      render.step();
      Object value = of.eval(scope, render);
      Py.requireDefined(value);
      return Slices.slice(
          value,
          bound(from, scope, render),
          bound(to, scope, render),
          bound(step, scope, render),
          render);
    }

    private static Long bound(Expr bound, Scope scope, Render render) {
      Object value = bound == null ? null : bound.eval(scope, render);
      if (value == null) {
        return null;
      }
      Py.requireDefined(value);
      if (value instanceof Long || value instanceof Boolean) {
        return PyNumbers.asLong(value);
      }
      throw new JinjaException("a slice needs integers, not " + Py.typeName(value));
    }
  }

  /** {@code a(b, c=d)}. */
  record Call(Expr callee, List<Expr> positional, Map<String, Expr> named) implements Expr {
    @Override
    public Object eval(Scope scope, Render render) {
      render.step();
      Object function = callee.eval(scope, render);
      Args args = args(positional, named, scope, render);
      return Access.call(function, args);
    }
  }

  static Args args(List<Expr> positional, Map<String, Expr> named, Scope scope, Render render) {
    List<Object> values = new ArrayList<>(Expr.evalAll(positional, scope, render));
    Map<String, Object> byName = new LinkedHashMap<>();
    named.forEach((name, value) -> byName.put(name, value.eval(scope, render)));
    return new Args(values, byName, render);
  }

  static Object call(Object function, Args args) {
    Py.requireDefined(function);
    if (function instanceof Function callable) {
      return callable.call(args);
    }
    throw new JinjaException("a " + Py.typeName(function) + " cannot be called");
  }

  static Object attribute(Object value, String name) {
    if (value instanceof Namespace namespace) {
      return namespace.get(name);
    }
    Object found = own(value, name);
    if (found == null && value instanceof Map<?, ?> map && map.containsKey(name)) {
      return map.get(name);
    }
    return found != null ? found : Undefined.element(value, name);
  }

  static Object item(Object value, Object key) {
    Py.requireDefined(value);
    if (value instanceof Map<?, ?> map && map.containsKey(PyDict.key(map, key))) {
      return map.get(PyDict.key(map, key));
    }
    if (key instanceof Long || key instanceof Boolean) {
      long index = PyNumbers.asLong(key);
      if (value instanceof List<?> list) {
        long at = index < 0 ? index + list.size() : index;
        return at >= 0 && at < list.size() ? list.get((int) at) : Undefined.element(value, key);
      } else if (value instanceof String text) {
        long length = Py.length(text);
        long at = index < 0 ? index + length : index;
        if (at < 0 || at >= length) {
          return Undefined.element(value, key);
        }
        return Character.toString(text.codePointAt(text.offsetByCodePoints(0, (int) at)));
      }
    }
    if (key instanceof String name && value instanceof Namespace namespace) {
      return namespace.get(name);
    }
    Object found = key instanceof String name ? own(value, name) : null;
    return found != null ? found : Undefined.element(value, key);
  }

  /** A method or attribute of the value's type, or null. */
  private static Object own(Object value, String name) {
    Py.requireDefined(value);
    if (value instanceof String text) {
      return StringMethods.of(text, name);
    } else if (value instanceof Map<?, ?> map) {
      return CollectionMethods.of(map, name);
    } else if (value instanceof List<?> list) {
      return CollectionMethods.of(list, name);
    } else if (value instanceof LoopState loop) {
      return loop.attribute(name);
    }
    return null;
  }
}
