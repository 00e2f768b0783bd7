package io.github.lora4j.models.jinja;

import java.util.ArrayList;
import java.util.List;

/** {@code for a in b if c}, with its {@code else}; every round has a scope of its own. */
record ForLoop(Target target, Expr iterable, Expr filter, List<Stmt> body, List<Stmt> otherwise)
    implements Stmt {

  @Override
  public Flow run(Scope scope, Output out) {
    List<?> items = filtered(Py.list(iterable.eval(scope, out.render()), out.render()), scope, out);
    if (items.isEmpty()) {
      return Stmt.runAll(otherwise, new Scope(scope), out);
    }
    LoopState loop = new LoopState(items);
    for (int i = 0; i < items.size(); i++) {
      loop.moveTo(i);
      Scope round = new Scope(scope);
      round.set("loop", loop);
      target.assign(items.get(i), round);
      if (Stmt.runAll(body, round, out) == Flow.BREAK) {
        break;
      }
    }
    return Flow.NEXT;
  }

  private List<?> filtered(List<?> items, Scope scope, Output out) {
    if (filter == null) {
      return items;
    }
    List<Object> kept = new ArrayList<>();
    for (Object item : items) {
      Scope inner = new Scope(scope);
      target.assign(item, inner);
      if (Py.truth(filter.eval(inner, out.render()))) {
        kept.add(item);
      }
    }
    return kept;
  }
}
