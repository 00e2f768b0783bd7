package io.github.lora4j.models.jinja;

import io.github.lora4j.models.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads expressions, with the precedence of Jinja2's parser. */
final class ExpressionParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
  private static final int MAX_DEPTH = 100;

  private final Tokens tokens;
  private int depth;

  ExpressionParser(Tokens tokens) {
    this.tokens = tokens;
  }

  Expr expression() {
    return expression(true);
  }

  private Expr expression(boolean conditional) {
    if (++depth > MAX_DEPTH) {
      throw new JinjaException("an expression is nested more than " + MAX_DEPTH + " deep");
    }
    Expr value = conditional ? conditional() : or();
    depth--;
    return value;
  }

  private Expr conditional() {
    Expr value = or();
    while (tokens.skipName("if")) {
      Expr test = or();
      Expr otherwise = tokens.skipName("else") ? expression() : null;
      value = new Expr.Conditional(test, value, otherwise);
    }
    return value;
  }

  private Expr or() {
    Expr left = and();
    while (tokens.skipName("or")) {
      left = new Expr.Or(left, and());
    }
    return left;
  }

  private Expr and() {
    Expr left = not();
    while (tokens.skipName("and")) {
      left = new Expr.And(left, not());
    }
    return left;
  }

  private Expr not() {
    int count = 0;
    while (tokens.skipName("not")) {
      count++;
    }
    Expr value = compare();
    for (int i = 0; i < Math.min(count, 2 + count % 2); i++) {
      value = new Expr.Not(value);
    }
    return value;
  }

  private Expr compare() {
    Expr first = sum();
    List<String> operators = new ArrayList<>();
    List<Expr> others = new ArrayList<>();
    while (true) {
      Token token = tokens.current();
      if (token.kind() == Kind.OPERATOR && COMPARISONS.contains(token.text())) {
        tokens.next();
        operators.add(token.text());
      } else if (tokens.skipName("in")) {
        operators.add("in");
      } else if (token.isName("not") && tokens.look().isName("in")) {
        tokens.next();
        tokens.next();
        operators.add("not in");
      } else {
        break;
      }
      others.add(sum());
    }
    return operators.isEmpty() ? first : new Expr.Compare(first, operators, others);
  }

  private Expr sum() {
    Expr left = concat();
    while (tokens.current().isOperator("+") || tokens.current().isOperator("-")) {
      String operator = tokens.next().text();
      left = new Expr.Binary(operator, left, concat());
    }
    return left;
  }

  private Expr concat() {
    Expr first = product();
    if (!tokens.current().isOperator("~")) {
      return first;
    }
    List<Expr> parts = new ArrayList<>(List.of(first));
    while (tokens.skipOperator("~")) {
      parts.add(product());
    }
    return new Expr.Concat(parts);
  }

  private Expr product() {
    Expr left = power();
    while (tokens.current().isOperator("*")
        || tokens.current().isOperator("/")
        || tokens.current().isOperator("//")
        || tokens.current().isOperator("%")) {
      String operator = tokens.next().text();
      left = new Expr.Binary(operator, left, power());
    }
    return left;
  }

  private Expr power() {
    Expr left = unary(true);
    while (tokens.skipOperator("**")) {
      left = new Expr.Binary("**", left, unary(true));
    }
    return left;
  }

  private Expr unary(boolean filters) {
    Expr value;
    if (tokens.current().isOperator("-") || tokens.current().isOperator("+")) {
      if (++depth > MAX_DEPTH) {
        throw new JinjaException("an expression has more than " + MAX_DEPTH + " signs");
      }
      boolean minus = tokens.next().isOperator("-");
      value = new Expr.Sign(minus, unary(false));
      depth--;
    } else {
      value = primary();
    }
    value = postfix(value);
    return filters ? filtered(value) : value;
  }

  private Expr primary() {
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
              Expr inner = tuple(true, true);
              tokens.expectOperator(")");
              yield inner;
            }
            case "[" -> new Expr.ListOf(items("]"));
            case "{" -> dict();
            default -> throw unexpected(token);
          };
      default -> throw unexpected(token);
    };
  }

  private static Expr integer(String digits) {
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

  /** An expression, or several with commas between, which are a tuple. */
  Expr tuple(boolean conditional, boolean parentheses) {
    List<Expr> items = new ArrayList<>();
    boolean isTuple = false;
    while (!endsTuple()) {
      items.add(expression(conditional));
      if (!tokens.skipOperator(",")) {
        break;
      }
      isTuple = true;
    }
    if (items.isEmpty() && !parentheses) {
      throw unexpected(tokens.current());
    }
    return isTuple || items.isEmpty() ? new Expr.TupleOf(items) : items.get(0);
  }

  private boolean endsTuple() {
    Token token = tokens.current();
    return token.kind() == Kind.BLOCK_END
        || token.kind() == Kind.VARIABLE_END
        || token.isOperator(")")
        || token.isName("recursive");
  }

  private List<Expr> items(String closing) {
    List<Expr> items = new ArrayList<>();
    while (!tokens.skipOperator(closing)) {
      if (!items.isEmpty()) {
        tokens.expectOperator(",");
        if (tokens.skipOperator(closing)) {
          break;
        }
      }
      items.add(expression());
    }
    return items;
  }

  private Expr dict() {
    List<Expr> keys = new ArrayList<>();
    List<Expr> values = new ArrayList<>();
    while (!tokens.skipOperator("}")) {
      if (!keys.isEmpty()) {
        tokens.expectOperator(",");
        if (tokens.skipOperator("}")) {
          break;
        }
      }
      keys.add(expression());
      tokens.expectOperator(":");
      values.add(expression());
    }
    return new Expr.DictOf(keys, values);
  }

  Expr postfix(Expr start) {
    Expr value = start;
    while (true) {
      if (tokens.skipOperator(".")) {
        Token name = tokens.next();
        if (name.kind() == Kind.NAME) {
          value = new Access.Attribute(value, name.text());
        } else if (name.kind() == Kind.INTEGER) {
          value = new Access.Item(value, integer(name.text()));
        } else {
          throw unexpected(name);
        }
      } else if (tokens.skipOperator("[")) {
        value = subscript(value);
        tokens.expectOperator("]");
      } else if (tokens.current().isOperator("(")) {
        value = call(value);
      } else {
        return value;
      }
    }
  }

  private Expr subscript(Expr of) {
    Expr from = atSliceMark() ? null : expression();
    if (!tokens.skipOperator(":")) {
      if (from == null) {
        throw unexpected(tokens.current());
      }
      return new Access.Item(of, from);
    }
    Expr to = atSliceMark() ? null : expression();
    Expr step = null;
    if (tokens.skipOperator(":")) {
      step = atSliceMark() ? null : expression();
    }
    return new Access.Slice(of, from, to, step);
  }

  private boolean atSliceMark() {
    return tokens.current().isOperator(":") || tokens.current().isOperator("]");
  }

  Access.Call call(Expr callee) {
    List<Expr> positional = new ArrayList<>();
    Map<String, Expr> named = new LinkedHashMap<>();
    arguments(positional, named);
    return new Access.Call(callee, positional, named);
  }

  private void arguments(List<Expr> positional, Map<String, Expr> named) {
    tokens.expectOperator("(");
    boolean first = true;
    while (!tokens.skipOperator(")")) {
      if (!first) {
        tokens.expectOperator(",");
        if (tokens.skipOperator(")")) {
          break;
        }
      }
      first = false;
      if (tokens.current().kind() == Kind.NAME && tokens.look().isOperator("=")) {
        String name = tokens.next().text();
        tokens.next();
        if (named.put(name, expression()) != null) {
          throw new JinjaException("the argument '" + name + "' is given twice");
        }
      } else if (!named.isEmpty()) {
        throw new JinjaException("a positional argument after a named one");
      } else {
        positional.add(expression());
      }
    }
  }

  private Expr filtered(Expr start) {
    Expr value = start;
    while (true) {
      if (tokens.current().isOperator("|")) {
        tokens.next();
        value = new FilterChain.Filtered(value, new FilterChain(List.of(link())));
      } else if (tokens.skipName("is")) {
        value = test(value);
      } else if (tokens.current().isOperator("(")) {
        value = call(value);
      } else {
        return value;
      }
    }
  }

  /** Filters after the first, which has no {@code |} before it unless {@code piped}. */
  FilterChain chain(boolean piped) {
    List<FilterChain.Link> links = new ArrayList<>();
    if (!piped) {
      links.add(link());
    }
    while (tokens.skipOperator("|")) {
      links.add(link());
    }
    return new FilterChain(links);
  }

  private FilterChain.Link link() {
    String name = dottedName();
    List<Expr> positional = new ArrayList<>();
    Map<String, Expr> named = new LinkedHashMap<>();
    if (tokens.current().isOperator("(")) {
      arguments(positional, named);
    }
    return new FilterChain.Link(name, positional, named);
  }

  private String dottedName() {
    StringBuilder name = new StringBuilder(tokens.expectName().text());
    while (tokens.skipOperator(".")) {
      name.append('.').append(tokens.expectName().text());
    }
    return name.toString();
  }

  private Expr test(Expr value) {
    boolean negated = tokens.skipName("not");
    String name = dottedName();
    List<Expr> positional = new ArrayList<>();
    Map<String, Expr> named = new LinkedHashMap<>();
    Token token = tokens.current();
    if (token.isOperator("(")) {
      arguments(positional, named);
    } else if (token.isName("is")) {
      throw new JinjaException("tests cannot be chained with 'is'");
    } else if (beginsArgument(token)) {
      positional.add(postfix(primary()));
    }
    return new FilterChain.Tested(value, name, positional, named, negated);
  }

  private static boolean beginsArgument(Token token) {
    return switch (token.kind()) {
      case STRING, INTEGER, FLOAT -> true;
      case NAME -> !Set.of("else", "or", "and").contains(token.text());
      case OPERATOR -> token.text().equals("[") || token.text().equals("{");
      default -> false;
    };
  }

  private static JinjaException unexpected(Token token) {
    return new JinjaException("unexpected " + token.described());
  }
}
