package io.github.lora4j.models.jinja;

import java.util.List;
import java.util.Map;

/** Filters one after the other. */
record FilterChain(List<Link> links) {

  /** One filter with its arguments. */
  record Link(String name, List<Expr> positional, Map<String, Expr> named) {}

  Object apply(Object value, Scope scope, Render render) {
    Object current = value;
    for (Link link : links) {
      render.step();
      Args args = Access.args(link.positional(), link.named(), scope, render);
      current = Filters.apply(link.name(), current, args);
    }
    return current;
  }

  /** {@code a | b | c}. */
  record Filtered(Expr value, FilterChain filters) implements Expr {
    @Override
    public Object eval(Scope scope, Render render) {
      return filters.apply(value.eval(scope, render), scope, render);
    }
  }

  /** {@code a is b} and {@code a is not b}. */
  record Tested(
      Expr value, String name, List<Expr> positional, Map<String, Expr> named, boolean negated)
      implements Expr {
    @Override
    public Object eval(Scope scope, Render render) {
      render.step();
      Object tested = value.eval(scope, render);
      boolean holds = Tests.holds(name, tested, Access.args(positional, named, scope, render));
      return holds != negated;
    }
  }
}
