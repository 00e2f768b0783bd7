package io.github.lora4j.models.jinja;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** The tests of {@code is}, by name. */
final class Tests {
  /** The tests that compare with an argument. */
  private static final Set<String> COMPARING =
      Set.of(
          "divisibleby",
          "sameas",
          "in",
          "eq",
          "equalto",
          "==",
          "ne",
          "!=",
          "lt",
          "lessthan",
          "<",
          "le",
          "<=",
          "gt",
          "greaterthan",
          ">",
          "ge",
          ">=");

  private Tests() {}

  static boolean holds(String name, Object value, Args args) {
    args.render().pay(value);
    if (!COMPARING.contains(name)) {
      args.atMost(0);
    }
    return switch (name) {
      case "defined" -> !(value instanceof Undefined);
      case "undefined" -> value instanceof Undefined;
      case "none" -> value == null;
      case "string" -> value instanceof String;
      case "mapping" -> value instanceof Map;
      case "boolean" -> value instanceof Boolean;
      case "true" -> Boolean.TRUE.equals(value);
      case "false" -> Boolean.FALSE.equals(value);
      case "number" -> Py.isNumber(value);
      case "integer" -> value instanceof Long;
      case "float" -> value instanceof Double;
      case "sequence" -> isSized(value);
      case "iterable" -> isSized(value) || value instanceof Generator;
      case "callable" -> value instanceof Function || value instanceof Undefined;
      case "even" -> number("%", value, 2L).equals(0L);
      case "odd" -> number("%", value, 2L).equals(1L);
      case "divisibleby" ->
          Py.equal(number("%", value, args.required(0, "num")), 0L, args.render());
      case "lower" -> Py.str(value).equals(PyStrings.lower(Py.str(value))) && cased(value);
      case "upper" -> Py.str(value).equals(PyStrings.upper(Py.str(value))) && cased(value);
      case "sameas" -> same(value, args.required(0, "other"));
      case "in" -> compare("in", value, args);
      case "eq", "equalto", "==" -> compare("==", value, args);
      case "ne", "!=" -> compare("!=", value, args);
      case "lt", "lessthan", "<" -> compare("<", value, args);
      case "le", "<=" -> compare("<=", value, args);
      case "gt", "greaterthan", ">" -> compare(">", value, args);
      case "ge", ">=" -> compare(">=", value, args);
      default -> throw new JinjaException("there is no test '" + name + "'");
    };
  }

  private static boolean compare(String operator, Object value, Args args) {
    return Expr.Compare.holds(operator, value, args.required(0, "other"), args.render());
  }

  private static Object number(String operator, Object value, Object by) {
    Py.requireDefined(value);
    if (!Py.isNumber(value) || !Py.isNumber(by)) {
      throw new JinjaException("a test needs a number, not " + Py.typeName(value));
    }
    return PyNumbers.apply(operator, value, by);
  }

  private static boolean isSized(Object value) {
    return value instanceof String
        || value instanceof List
        || value instanceof Map
        || value instanceof Undefined;
  }

  private static boolean cased(Object value) {
    return !PyStrings.upper(Py.str(value)).equals(PyStrings.lower(Py.str(value)));
  }

  /** Identity: of the values without an identity in Java, the same type and value. */
  private static boolean same(Object a, Object b) {
    return a == b
        || (a != null
            && b != null
            && a.getClass() == b.getClass()
            && !(a instanceof List)
            && !(a instanceof Map)
            && a.equals(b));
  }
}
