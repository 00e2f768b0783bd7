package io.github.lora4j.models.jinja;

import io.github.lora4j.models.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Reads expressions: operators, with the precedence of Jinja2's parser. */
final class ExpressionParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
  private static final int MAX_DEPTH = 100;

  private final Tokens tokens;
  private final PrimaryParser primaries;
  private final PostfixParser postfixes;
  private int depth;

  ExpressionParser(Tokens tokens) {
    this.tokens = tokens;
    this.primaries = new PrimaryParser(tokens, this);
    this.postfixes = new PostfixParser(tokens, this, primaries);
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
      value = primaries.primary();
    }
    value = postfixes.postfix(value);
    return filters ? postfixes.filtered(value) : value;
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
      throw tokens.current().unexpected();
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

  /** Filters after the first, which has no {@code |} before it unless {@code piped}. */
  FilterChain chain(boolean piped) {
    return postfixes.chain(piped);
  }
}
