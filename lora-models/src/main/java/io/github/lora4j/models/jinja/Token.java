package io.github.lora4j.models.jinja;

/**
 * A piece of a template.
 *
 * @param text the text for {@code DATA}, the name, the operator, or the value of a string without
 *     quotes and escapes
 * @param line counted from 1
 */
record Token(Kind kind, String text, int line) {

  enum Kind {
    DATA,
    BLOCK_BEGIN,
    BLOCK_END,
    VARIABLE_BEGIN,
    VARIABLE_END,
    NAME,
    STRING,
    INTEGER,
    FLOAT,
    OPERATOR,
    END
  }

  boolean isName(String name) {
    return kind == Kind.NAME && text.equals(name);
  }

  boolean isOperator(String operator) {
    return kind == Kind.OPERATOR && text.equals(operator);
  }

  /** The error that it may not stand here. */
  JinjaException unexpected() {
    return new JinjaException("unexpected " + described());
  }

  String described() {
    return switch (kind) {
      case END -> "the end of the template";
      case BLOCK_END -> "'%}'";
      case VARIABLE_END -> "'}}'";
      case DATA -> "text";
      default -> "'" + text + "'";
    };
  }
}
