package io.github.lora4j.models.jinja;

import java.util.List;
import java.util.Map;

/** A statement: writes text, sets names, or directs the flow. */
interface Stmt {

  /** How a statement ends. */
  enum Flow {
    NEXT,
    BREAK,
    CONTINUE
  }

  Flow run(Scope scope, Output out);

  static Flow runAll(List<Stmt> body, Scope scope, Output out) {
    for (Stmt statement : body) {
      Flow flow = statement.run(scope, out);
      if (flow != Flow.NEXT) {
        return flow;
      }
    }
    return Flow.NEXT;
  }

  /** A statement with its line, which goes into errors. */
  record At(int line, Stmt statement) implements Stmt {
    @Override
    public Flow run(Scope scope, Output out) {
      out.render().step();
      try {
        return statement.run(scope, out);
      } catch (JinjaException e) {
        throw e.at(line);
      }
    }
  }

  /** Text. */
  record Data(String text) implements Stmt {
    @Override
    public Flow run(Scope scope, Output out) {
      out.add(text);
      return Flow.NEXT;
    }
  }

  /** {@code {{ a }}}. */
  record Print(Expr value) implements Stmt {
    @Override
    public Flow run(Scope scope, Output out) {
      out.add(Py.str(value.eval(scope, out.render())));
      return Flow.NEXT;
    }
  }

  /** {@code if, elif, else}: tests and bodies in order, the last without a test. */
  record If(List<Expr> tests, List<List<Stmt>> bodies) implements Stmt {
    @Override
    public Flow run(Scope scope, Output out) {
      for (int i = 0; i < bodies.size(); i++) {
        if (i == tests.size() || Py.truth(tests.get(i).eval(scope, out.render()))) {
          return runAll(bodies.get(i), scope, out);
        }
      }
      return Flow.NEXT;
    }
  }

  /** {@code break} and {@code continue}. */
  record Jump(Flow flow) implements Stmt {
    @Override
    public Flow run(Scope scope, Output out) {
      return flow;
    }
  }

  /** {@code set a = b}. */
  record Set(Target target, Expr value) implements Stmt {
    @Override
    public Flow run(Scope scope, Output out) {
      target.assign(value.eval(scope, out.render()), scope);
      return Flow.NEXT;
    }
  }

  /**
   * {@code set a}, text, {@code endset}; the text goes through {@code filter} unless it is null.
   */
  record SetBlock(Target target, FilterChain filter, List<Stmt> body) implements Stmt {
    @Override
    public Flow run(Scope scope, Output out) {
      target.assign(filter.apply(text(body, scope, out), scope, out.render()), scope);
      return Flow.NEXT;
    }
  }

  /** {@code filter a}, text, {@code endfilter}. */
  record FilterBlock(FilterChain filter, List<Stmt> body) implements Stmt {
    @Override
    public Flow run(Scope scope, Output out) {
      out.add(Py.str(filter.apply(text(body, scope, out), scope, out.render())));
      return Flow.NEXT;
    }
  }

  /** {@code with a = b}. */
  record With(List<Target> targets, List<Expr> values, List<Stmt> body) implements Stmt {
    @Override
    public Flow run(Scope scope, Output out) {
      List<Object> evaluated = Expr.evalAll(values, scope, out.render());
      Scope inner = new Scope(scope);
      for (int i = 0; i < targets.size(); i++) {
        targets.get(i).assign(evaluated.get(i), inner);
      }
      return runAll(body, inner, out);
    }
  }

  /** {@code generation}: marks what the assistant writes; its names are its own. */
  record Generation(List<Stmt> body) implements Stmt {
    @Override
    public Flow run(Scope scope, Output out) {
      out.add(text(body, scope, out));
      return Flow.NEXT;
    }
  }

  /** {@code macro name(parameters)}. */
  record MacroStmt(String name, Signature signature, List<Stmt> body) implements Stmt {
    @Override
    public Flow run(Scope scope, Output out) {
      scope.set(name, new Macro(name, signature, body, scope));
      return Flow.NEXT;
    }
  }

  /** {@code call(parameters) macro(...)}: the body is the macro's {@code caller}. */
  record CallBlock(Access.Call call, Signature signature, List<Stmt> body) implements Stmt {
    @Override
    public Flow run(Scope scope, Output out) {
      Render render = out.render();
      Args args = Access.args(call.positional(), call.named(), scope, render);
      args.named().put("caller", new Macro("caller", signature, body, scope));
      out.add(Py.str(Access.call(call.callee().eval(scope, render), args)));
      return Flow.NEXT;
    }
  }

  private static String text(List<Stmt> body, Scope scope, Output out) {
    Output inner = new Output(out.render());
    runAll(body, new Scope(scope), inner);
    return inner.text();
  }

  /**
   * Parameters of a macro.
   *
   * @param defaults of the last parameters
   * @param varargs whether its body reads further positional arguments
   * @param kwargs whether its body reads further named arguments
   */
  record Signature(
      List<String> names, Map<String, Expr> defaults, boolean varargs, boolean kwargs) {}
}
