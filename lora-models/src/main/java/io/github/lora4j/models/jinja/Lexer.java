package io.github.lora4j.models.jinja;

import io.github.lora4j.models.jinja.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Divides a template into tokens as Jinja2 does with {@code trim_blocks} and {@code lstrip_blocks}.
 */
final class Lexer {
  private static final List<String> OPERATORS =
      List.of(
          "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{",
          "}", ">", "<", "=", ".", ":", "|", ",", ";");

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int pos;
  private int line = 1;
  // Whether what was read last ended a line: only then may blanks before a block tag be dropped.
  private boolean lineStarting = true;

  private Lexer(String source) {
    this.source = source;
  }

  static List<Token> tokens(String template) {
    // Jinja2 knows one kind of line end, and drops the last one of the file.
    String source = template.replace("\r\n", "\n").replace('\r', '\n');
    if (source.endsWith("\n")) {
      source = source.substring(0, source.length() - 1);
    }
    Lexer lexer = new Lexer(source);
    try {
      lexer.run();
    } catch (JinjaException e) {
      throw e.at(lexer.line);
    }
    return lexer.tokens;
  }

  private void run() {
    while (pos < source.length()) {
      int tag = nextTag();
      if (tag < 0) {
        data(source.substring(pos));
        advance(source.length());
        break;
      }
      text(tag);
      advance(tag);
      char kind = source.charAt(tag + 1);
      advance(tag + 2);
      boolean signed = pos < source.length() && (peek() == '-' || peek() == '+');
      if (kind == '%' && raw(signed ? pos + 1 : pos)) {
        continue;
      }
      if (signed) {
        advance(pos + 1);
      }
      switch (kind) {
        case '#' -> comment();
        case '%' -> code(Kind.BLOCK_BEGIN, Kind.BLOCK_END, "%}");
        default -> code(Kind.VARIABLE_BEGIN, Kind.VARIABLE_END, "}}");
      }
    }
    add(Kind.END, "");
  }

  private int nextTag() {
    for (int i = source.indexOf('{', pos); i >= 0; i = source.indexOf('{', i + 1)) {
      if (i + 1 < source.length() && "%{#".indexOf(source.charAt(i + 1)) >= 0) {
        return i;
      }
    }
    return -1;
  }

  /** The text before a tag, without the blanks that the tag takes away. */
  private void text(int tag) {
    String text = source.substring(pos, tag);
    char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
    if (sign == '-') {
      text = PyStrings.strip(text, null, false, true);
    } else if (sign != '+' && source.charAt(tag + 1) != '{') {
      int start = text.lastIndexOf('\n') + 1;
      if ((start > 0 || lineStarting) && PyStrings.isBlank(text.substring(start))) {
        text = text.substring(0, start);
      }
    }
    data(text);
  }

  private void data(String text) {
    if (!text.isEmpty()) {
      add(Kind.DATA, text);
    }
  }

  private void comment() {
    int end = source.indexOf("#}", pos);
    if (end < 0 && pos == source.length()) {
      return; // Jinja2 lets a template end like this
    }
    if (end < 0) {
      throw new JinjaException("a comment has no end");
    }
    boolean minus = end > pos && source.charAt(end - 1) == '-';
    boolean plus = end > pos && source.charAt(end - 1) == '+';
    advance(end + 2);
    afterTag(minus, plus, true);
  }

  /** Reads a raw block whose word "raw" begins at or after {@code from}; false if it is none. */
  private boolean raw(int from) {
    int at = skipBlanks(from);
    if (!source.startsWith("raw", at)) {
      return false;
    }
    at = skipBlanks(at + 3);
    boolean minus = source.startsWith("-%}", at);
    if (!minus && !source.startsWith("%}", at)) {
      return false;
    }
    at += minus ? 3 : 2;
    advance(minus ? skipBlanks(at) : at);
    for (int tag = source.indexOf("{%", pos); tag >= 0; tag = source.indexOf("{%", tag + 2)) {
      int name = tag + 2;
      char sign = name < source.length() ? source.charAt(name) : ' ';
      name = skipBlanks(sign == '-' || sign == '+' ? name + 1 : name);
      if (!source.startsWith("endraw", name)) {
        continue;
      }
      int end = skipBlanks(name + 6);
      boolean endMinus = source.startsWith("-%}", end);
      boolean endPlus = source.startsWith("+%}", end);
      if (!endMinus && !endPlus && !source.startsWith("%}", end)) {
        continue;
      }
      lineStarting = source.charAt(pos - 1) == '\n';
      text(tag);
      advance(end + (endMinus || endPlus ? 3 : 2));
      afterTag(endMinus, endPlus, true);
      return true;
    }
    if (pos == source.length()) {
      return true; // Jinja2 lets a template end like this
    }
    throw new JinjaException("a raw block has no end");
  }

  private void code(Kind begin, Kind end, String closing) {
    add(begin, "");
    Deque<Character> open = new ArrayDeque<>();
    while (true) {
      advance(skipBlanks(pos));
      if (pos >= source.length()) {
        throw new JinjaException("a tag has no end, expected '" + closing + "'");
      }
      if (open.isEmpty() && closes(end, closing)) {
        return;
      }
      expressionToken(open);
    }
  }

  private boolean closes(Kind end, String closing) {
    boolean minus = source.startsWith("-" + closing, pos);
    boolean plus = end == Kind.BLOCK_END && source.startsWith("+" + closing, pos);
    if (!minus && !plus && !source.startsWith(closing, pos)) {
      return false;
    }
    add(end, "");
    advance(pos + (minus || plus ? 3 : 2));
    afterTag(minus, plus, end == Kind.BLOCK_END);
    return true;
  }

  private void afterTag(boolean minus, boolean plus, boolean trimsLine) {
    if (minus) {
      advance(skipBlanks(pos));
    } else if (trimsLine && !plus && source.startsWith("\n", pos)) {
      advance(pos + 1);
    }
    lineStarting = source.charAt(pos - 1) == '\n';
  }

  private void expressionToken(Deque<Character> open) {
    char c = peek();
    if (c == '\'' || c == '"') {
      string(c);
    } else if (c >= '0' && c <= '9') {
      number();
    } else if (Character.isUnicodeIdentifierStart(c) || c == '_') {
      int end = pos + 1;
      while (end < source.length() && Character.isUnicodeIdentifierPart(source.charAt(end))) {
        end++;
      }
      add(Kind.NAME, source.substring(pos, end));
      advance(end);
    } else {
      operator(open);
    }
  }

  private void operator(Deque<Character> open) {
    for (String operator : OPERATORS) {
      if (!source.startsWith(operator, pos)) {
        continue;
      }
      char c = operator.charAt(0);
      if (c == '{' || c == '(' || c == '[') {
        open.push(c == '{' ? '}' : c == '(' ? ')' : ']');
      } else if ((c == '}' || c == ')' || c == ']') && (open.isEmpty() || open.pop() != c)) {
        throw new JinjaException("unexpected '" + c + "'");
      }
      add(Kind.OPERATOR, operator);
      advance(pos + operator.length());
      return;
    }
    throw new JinjaException(
        "unexpected character '" + Character.toString(source.codePointAt(pos)) + "'");
  }

  private void string(char quote) {
    int end = pos + 1;
    while (end < source.length() && source.charAt(end) != quote) {
      end += source.charAt(end) == '\\' ? 2 : 1;
    }
    if (end >= source.length()) {
      throw new JinjaException("a string has no end");
    }
    add(Kind.STRING, StringEscapes.decode(source.substring(pos + 1, end)));
    advance(end + 1);
  }

  private void number() {
    int end = digits(pos);
    boolean isFloat = false;
    boolean afterDot = pos > 0 && source.charAt(pos - 1) == '.';
    if (!afterDot) {
      if (charAt(end) == '.' && isDigit(charAt(end + 1))) {
        end = digits(end + 1);
        isFloat = true;
      }
      if (charAt(end) == 'e' || charAt(end) == 'E') {
        int sign = charAt(end + 1) == '+' || charAt(end + 1) == '-' ? 1 : 0;
        if (isDigit(charAt(end + 1 + sign))) {
          end = digits(end + 1 + sign);
          isFloat = true;
        }
      }
    }
    add(isFloat ? Kind.FLOAT : Kind.INTEGER, source.substring(pos, end).replace("_", ""));
    advance(end);
  }

  private int digits(int from) {
    int at = from;
    while (isDigit(charAt(at)) || (charAt(at) == '_' && isDigit(charAt(at + 1)))) {
      at++;
    }
    return at;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private char charAt(int at) {
    return at < source.length() ? source.charAt(at) : '\0';
  }

  private char peek() {
    return source.charAt(pos);
  }

  private int skipBlanks(int from) {
    int at = from;
    while (at < source.length() && PyStrings.isSpace(source.charAt(at))) {
      at++;
    }
    return at;
  }

  private void advance(int to) {
    for (int i = pos; i < to; i++) {
      if (source.charAt(i) == '\n') {
        line++;
      }
    }
    pos = to;
  }

  private void add(Kind kind, String text) {
    tokens.add(new Token(kind, text, line));
  }
}
