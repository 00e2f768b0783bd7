package io.github.lora4j.models.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An expression. */
interface Expr {
  Object eval(Scope scope, Render render);

  static List<Object> evalAll(List<Expr> expressions, Scope scope, Render render) {
    List<Object> values = new ArrayList<>(expressions.size());
    for (Expr expression : expressions) {
      values.add(expression.eval(scope, render));
    }
    return values;
  }

  /** A literal. */
  record Const(Object value) implements Expr {
    @Override
    public Object eval(Scope scope, Render render) {
      render.step();
      return value;
    }
  }

  /** A variable. */
  record Name(String name) implements Expr {
    @Override
    public Object eval(Scope scope, Render render) {
      render.step();
      return scope.get(name);
    }
  }

  /** {@code [a, b]}. */
  record ListOf(List<Expr> items) implements Expr {
    @Override
    public Object eval(Scope scope, Render render) {
      render.step();
      return evalAll(items, scope, render);
    }
  }

  /** {@code (a, b)}. */
  record TupleOf(List<Expr> items) implements Expr {
    @Override
    public Object eval(Scope scope, Render render) {
      render.step();
      return new Tuple(evalAll(items, scope, render));
    }
  }

  /** {@code {a: b}}. */
  record DictOf(List<Expr> keys, List<Expr> values) implements Expr {
    @Override
    public Object eval(Scope scope, Render render) {
      render.step();
      Map<Object, Object> map = new LinkedHashMap<>();
      for (int i = 0; i < keys.size(); i++) {
        Object key = keys.get(i).eval(scope, render);
        if (key instanceof Map || (key instanceof List && !(key instanceof Tuple))) {
          throw new JinjaException("a " + Py.typeName(key) + " cannot be a key");
        }
        map.put(PyDict.key(map, key), values.get(i).eval(scope, render));
      }
      return map;
    }
  }

  /** {@code not a}. */
  record Not(Expr value) implements Expr {
    @Override
    public Object eval(Scope scope, Render render) {
      return !Py.truth(value.eval(scope, render));
    }
  }

  /** {@code a and b}: one of the two values, as in Python. */
  record And(Expr left, Expr right) implements Expr {
    @Override
    public Object eval(Scope scope, Render render) {
      Object first = left.eval(scope, render);
      return Py.truth(first) ? right.eval(scope, render) : first;
    }
  }

  /** {@code a or b}: one of the two values, as in Python. */
  record Or(Expr left, Expr right) implements Expr {
    @Override
    public Object eval(Scope scope, Render render) {
      Object first = left.eval(scope, render);
      return Py.truth(first) ? first : right.eval(scope, render);
    }
  }

  /** {@code a if test else b}; without else (null) it is undefined. */
  record Conditional(Expr test, Expr then, Expr otherwise) implements Expr {
    @Override
    public Object eval(Scope scope, Render render) {
      if (Py.truth(test.eval(scope, render))) {
        return then.eval(scope, render);
      }
      return otherwise != null
          ? otherwise.eval(scope, render)
          : new Undefined("an inline if was false and has no else");
    }
  }

  /** {@code a ~ b}: the texts one after the other. */
  record Concat(List<Expr> parts) implements Expr {
    @Override
    public Object eval(Scope scope, Render render) {
      StringBuilder text = new StringBuilder();
      for (Expr part : parts) {
        text.append(Py.str(part.eval(scope, render)));
        render.checkLength(text.length());
      }
      return text.toString();
    }
  }

  /** {@code -a} and {@code +a}. */
  record Sign(boolean minus, Expr value) implements Expr {
    @Override
    public Object eval(Scope scope, Render render) {
      render.step();
      Object number = value.eval(scope, render);
      Py.requireDefined(number);
      if (!Py.isNumber(number)) {
        throw new JinjaException("a sign before a " + Py.typeName(number));
      }
      return minus ? PyNumbers.negate(number) : PyNumbers.apply("+", 0L, number);
    }
  }

  /** Arithmetic. */
  record Binary(String operator, Expr left, Expr right) implements Expr {
    @Override
    public Object eval(Scope scope, Render render) {
      render.step();
      Object a = left.eval(scope, render);
      return Arithmetic.apply(operator, a, right.eval(scope, render), render);
    }
  }

  /** {@code a < b <= c}: each neighbours are compared, up to the first that is false. */
  record Compare(Expr first, List<String> operators, List<Expr> others) implements Expr {
    @Override
    public Object eval(Scope scope, Render render) {
      Object left = first.eval(scope, render);
      for (int i = 0; i < operators.size(); i++) {
        Object right = others.get(i).eval(scope, render);
        if (!holds(operators.get(i), left, right, render)) {
          return false;
        }
        left = right;
      }
      return true;
    }

    static boolean holds(String operator, Object a, Object b, Render render) {
      render.step();
      return switch (operator) {
        case "==" -> Py.equal(a, b, render);
        case "!=" -> !Py.equal(a, b, render);
        case "in" -> Py.contains(b, a, render);
        case "not in" -> !Py.contains(b, a, render);
        case "<" -> Py.compare(a, b, operator, render) < 0;
        case "<=" -> Py.compare(a, b, operator, render) <= 0;
        case ">" -> Py.compare(a, b, operator, render) > 0;
        case ">=" -> Py.compare(a, b, operator, render) >= 0;
        default -> throw new IllegalArgumentException(operator);
      };
    }
  }
}
