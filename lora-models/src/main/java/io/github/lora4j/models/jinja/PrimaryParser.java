package io.github.lora4j.models.jinja;

import io.github.lora4j.models.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads what operators stand between: names, constants, lists, dicts, and what is in parentheses.
 */
final class PrimaryParser {
  private final Tokens tokens;
  private final ExpressionParser expressions;

  PrimaryParser(Tokens tokens, ExpressionParser expressions) {
    this.tokens = tokens;
    this.expressions = expressions;
  }

  Expr primary() {
    Token token = tokens.next();
    return switch (token.kind()) {
      case NAME -> named(token.text());
      case STRING -> {
        StringBuilder text = new StringBuilder(token.text());
        while (tokens.current().kind() == Kind.STRING) {
          text.append(tokens.next().text());
        }
        yield new Expr.Const(text.toString());
      }
      case INTEGER -> integer(token.text());
      case FLOAT -> new Expr.Const(Double.valueOf(token.text()));
      case OPERATOR ->
          switch (token.text()) {
            case "(" -> {
              Expr inner = expressions.tuple(true, true);
              tokens.expectOperator(")");
              yield inner;
            }
            case "[" -> list();
            case "{" -> dict();
            default -> throw token.unexpected();
          };
      default -> throw token.unexpected();
    };
  }

  static Expr integer(String digits) {
    if (digits.length() > 1 && digits.charAt(0) == '0' && !digits.matches("0+")) {
      throw new JinjaException("the number '" + digits + "' begins with 0");
    }
    try {
      return new Expr.Const(Long.valueOf(digits));
    } catch (NumberFormatException e) {
      throw new JinjaException("the number '" + digits + "' is too large");
    }
  }

  private Expr named(String name) {
    tokens.uses(name);
    return switch (name) {
      case "true", "True" -> new Expr.Const(true);
      case "false", "False" -> new Expr.Const(false);
      case "none", "None" -> new Expr.Const(null);
      default -> new Expr.Name(name);
    };
  }

  private Expr list() {
    List<Expr> items = new ArrayList<>();
    while (tokens.another(items.isEmpty(), "]")) {
      items.add(expressions.expression());
    }
    return new Expr.ListOf(items);
  }

  private Expr dict() {
    List<Expr> keys = new ArrayList<>();
    List<Expr> values = new ArrayList<>();
    while (tokens.another(keys.isEmpty(), "}")) {
      keys.add(expressions.expression());
      tokens.expectOperator(":");
      values.add(expressions.expression());
    }
    return new Expr.DictOf(keys, values);
  }
}
