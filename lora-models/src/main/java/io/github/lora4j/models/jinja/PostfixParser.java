package io.github.lora4j.models.jinja;

import io.github.lora4j.models.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads what follows a value: attributes, subscripts, calls, filters and tests. */
final class PostfixParser {
  private final Tokens tokens;
  private final ExpressionParser expressions;
  private final PrimaryParser primaries;

  PostfixParser(Tokens tokens, ExpressionParser expressions, PrimaryParser primaries) {
    this.tokens = tokens;
    this.expressions = expressions;
    this.primaries = primaries;
  }

  Expr postfix(Expr start) {
    Expr value = start;
    while (true) {
      if (tokens.skipOperator(".")) {
        Token name = tokens.next();
        if (name.kind() == Kind.NAME) {
          value = new Access.Attribute(value, name.text());
        } else if (name.kind() == Kind.INTEGER) {
          value = new Access.Item(value, PrimaryParser.integer(name.text()));
        } else {
          throw name.unexpected();
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
    Expr from = atSliceMark() ? null : expressions.expression();
    if (!tokens.skipOperator(":")) {
      if (from == null) {
        throw tokens.current().unexpected();
      }
      return new Access.Item(of, from);
    }
    Expr to = atSliceMark() ? null : expressions.expression();
    Expr step = null;
    if (tokens.skipOperator(":")) {
      step = atSliceMark() ? null : expressions.expression();
    }
    return new Access.Slice(of, from, to, step);
  }

  private boolean atSliceMark() {
    return tokens.current().isOperator(":") || tokens.current().isOperator("]");
  }

  private Access.Call call(Expr callee) {
    List<Expr> positional = new ArrayList<>();
    Map<String, Expr> named = new LinkedHashMap<>();
    arguments(positional, named);
    return new Access.Call(callee, positional, named);
  }

  private void arguments(List<Expr> positional, Map<String, Expr> named) {
    tokens.expectOperator("(");
    while (tokens.another(positional.isEmpty() && named.isEmpty(), ")")) {
      if (tokens.current().kind() == Kind.NAME && tokens.look().isOperator("=")) {
        String name = tokens.next().text();
        tokens.next();
        if (named.put(name, expressions.expression()) != null) {
          throw new JinjaException("the argument '" + name + "' is given twice");
        }
      } else if (!named.isEmpty()) {
        throw new JinjaException("a positional argument after a named one");
      } else {
        positional.add(expressions.expression());
      }
    }
  }

  Expr filtered(Expr start) {
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
      positional.add(postfix(primaries.primary()));
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
}
