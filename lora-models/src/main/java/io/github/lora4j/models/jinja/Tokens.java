package io.github.lora4j.models.jinja;

import io.github.lora4j.models.jinja.Token.Kind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The tokens of a template with the place where reading is. */
final class Tokens {
  private final List<Token> tokens;
  private final Map<String, Integer> uses = new HashMap<>();
  private int pos;

  Tokens(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token current() {
    return tokens.get(pos);
  }

  Token look() {
    return tokens.get(Math.min(pos + 1, tokens.size() - 1));
  }

  /** The current token; the last one stays. */
  Token next() {
    Token token = current();
    pos = Math.min(pos + 1, tokens.size() - 1);
    return token;
  }

  boolean skipName(String name) {
    boolean is = current().isName(name);
    if (is) {
      next();
    }
    return is;
  }

  boolean skipOperator(String operator) {
    boolean is = current().isOperator(operator);
    if (is) {
      next();
    }
    return is;
  }

  /**
   * Whether another item of a list comes; the commas between and the closing are taken.
   *
   * @param first whether none was there yet
   */
  boolean another(boolean first, String closing) {
    if (skipOperator(closing)) {
      return false;
    }
    if (first) {
      return true;
    }
    expectOperator(",");
    return !skipOperator(closing);
  }

  void expectOperator(String operator) {
    if (!skipOperator(operator)) {
      throw new JinjaException("expected '" + operator + "', got " + current().described());
    }
  }

  void expectName(String name) {
    if (!skipName(name)) {
      throw new JinjaException("expected '" + name + "', got " + current().described());
    }
  }

  Token expectName() {
    return expect(Kind.NAME, "a name");
  }

  Token expect(Kind kind, String what) {
    if (current().kind() != kind) {
      throw new JinjaException("expected " + what + ", got " + current().described());
    }
    return next();
  }

  /** Notes that an expression reads a variable. */
  void uses(String name) {
    uses.merge(name, 1, Integer::sum);
  }

  /** How often a variable has been read up to here. */
  int usesOf(String name) {
    return uses.getOrDefault(name, 0);
  }
}
