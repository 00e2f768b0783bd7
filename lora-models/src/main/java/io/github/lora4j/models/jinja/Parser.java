package io.github.lora4j.models.jinja;

import io.github.lora4j.models.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the statements of a template. */
final class Parser {
  private static final int MAX_DEPTH = 100;

  private final Tokens tokens;
  private final ExpressionParser expressions;
  private int depth;
  private int loops;

  private Parser(List<Token> tokens) {
    this.tokens = new Tokens(tokens);
    this.expressions = new ExpressionParser(this.tokens);
  }

  static List<Stmt> parse(String template) {
    Parser parser = new Parser(Lexer.tokens(template));
    try {
      return parser.body(Set.of());
    } catch (JinjaException e) {
      throw e.at(parser.tokens.current().line());
    }
  }

  /** Statements up to a tag with one of these names, whose name is then the current token. */
  private List<Stmt> body(Set<String> ends) {
    if (++depth > MAX_DEPTH) {
      throw new JinjaException("blocks are nested more than " + MAX_DEPTH + " deep");
    }
    List<Stmt> body = new ArrayList<>();
    while (true) {
      Token token = tokens.next();
      switch (token.kind()) {
        case DATA -> body.add(new Stmt.Data(token.text()));
        case VARIABLE_BEGIN -> {
          Expr value = expressions.tuple(true, false);
          tokens.expect(Kind.VARIABLE_END, "'}}'");
          body.add(new Stmt.At(token.line(), new Stmt.Print(value)));
        }
        case BLOCK_BEGIN -> {
          if (tokens.current().kind() == Kind.NAME && ends.contains(tokens.current().text())) {
            depth--;
            return body;
          }
          body.add(new Stmt.At(token.line(), statement()));
        }
        case END -> {
          if (!ends.isEmpty()) {
            throw new JinjaException("the template ends before " + ends.stream().sorted().toList());
          }
          depth--;
          return body;
        }
        default -> throw new JinjaException("unexpected " + token.described());
      }
    }
  }

  private Stmt statement() {
    String name = tokens.expectName().text();
    return switch (name) {
      case "if" -> conditional();
      case "for" -> loop();
      case "set" -> set();
      case "macro" -> macro();
      case "call" -> callBlock();
      case "with" -> with();
      case "filter" -> {
        FilterChain filter = expressions.chain(false);
        yield new Stmt.FilterBlock(filter, closed("endfilter"));
      }
      case "generation" -> new Stmt.Generation(closed("endgeneration"));
      case "break", "continue" -> {
        endTag();
        if (loops == 0) {
          throw new JinjaException("'" + name + "' outside of a loop");
        }
        yield new Stmt.Jump(name.equals("break") ? Stmt.Flow.BREAK : Stmt.Flow.CONTINUE);
      }
      default -> throw new JinjaException("the tag '" + name + "' is unknown here");
    };
  }

  private void endTag() {
    tokens.expect(Kind.BLOCK_END, "'%}'");
  }

  /** The rest of a tag, a body, and the tag that closes it. */
  private List<Stmt> closed(String end) {
    endTag();
    List<Stmt> body = body(Set.of(end));
    tokens.next();
    endTag();
    return body;
  }

  private Stmt conditional() {
    List<Expr> tests = new ArrayList<>();
    List<List<Stmt>> bodies = new ArrayList<>();
    while (true) {
      tests.add(expressions.tuple(false, false));
      endTag();
      bodies.add(body(Set.of("elif", "else", "endif")));
      String next = tokens.next().text();
      if (next.equals("else")) {
        bodies.add(closed("endif"));
        return new Stmt.If(tests, bodies);
      } else if (next.equals("endif")) {
        endTag();
        return new Stmt.If(tests, bodies);
      }
    }
  }

  private Stmt loop() {
    Target target = target(false);
    tokens.expectName("in");
    Expr iterable = expressions.tuple(false, false);
    Expr filter = tokens.skipName("if") ? expressions.expression() : null;
    if (tokens.current().isName("recursive")) {
      throw new JinjaException("recursive loops are not supported");
    }
    endTag();
    loops++;
    List<Stmt> body = body(Set.of("endfor", "else"));
    loops--;
    List<Stmt> otherwise = List.of();
    if (tokens.next().isName("else")) {
      otherwise = closed("endfor");
    } else {
      endTag();
    }
    return new ForLoop(target, iterable, filter, body, otherwise);
  }

  private Stmt set() {
    Target target = target(true);
    if (tokens.skipOperator("=")) {
      Expr value = expressions.tuple(true, false);
      endTag();
      return new Stmt.Set(target, value);
    }
    FilterChain filter = expressions.chain(true);
    return new Stmt.SetBlock(target, filter, closed("endset"));
  }

  private Target target(boolean attributes) {
    boolean parentheses = tokens.skipOperator("(");
    List<Target> targets = new ArrayList<>();
    boolean several = parentheses;
    do {
      if (!targets.isEmpty() && !isTargetStart()) {
        break;
      }
      targets.add(single(attributes));
      several |= tokens.current().isOperator(",");
    } while (tokens.skipOperator(","));
    if (parentheses) {
      tokens.expectOperator(")");
    }
    return several && (targets.size() > 1 || !parentheses)
        ? new Target.Several(targets)
        : targets.get(0);
  }

  private boolean isTargetStart() {
    return tokens.current().isOperator("(")
        || (tokens.current().kind() == Kind.NAME && !tokens.current().isName("in"));
  }

  private Target single(boolean attributes) {
    if (tokens.current().isOperator("(")) {
      return target(attributes);
    }
    String name = tokens.expectName().text();
    if (Set.of("true", "false", "none", "True", "False", "None").contains(name)) {
      throw new JinjaException("'" + name + "' cannot be set");
    }
    if (attributes && tokens.skipOperator(".")) {
      return new Target.Attribute(name, tokens.expectName().text());
    }
    return new Target.Variable(name);
  }

  private Stmt macro() {
    String name = tokens.expectName().text();
    int varargs = tokens.usesOf("varargs");
    int kwargs = tokens.usesOf("kwargs");
    Map<String, Expr> defaults = new LinkedHashMap<>();
    List<String> names = parameters(defaults);
    List<Stmt> body = macroBody("endmacro");
    return new Stmt.MacroStmt(name, signature(names, defaults, varargs, kwargs), body);
  }

  private Stmt callBlock() {
    int varargs = tokens.usesOf("varargs");
    int kwargs = tokens.usesOf("kwargs");
    Map<String, Expr> defaults = new LinkedHashMap<>();
    List<String> names = tokens.current().isOperator("(") ? parameters(defaults) : List.of();
    if (!(expressions.expression() instanceof Access.Call call)) {
      throw new JinjaException("expected a call");
    }
    List<Stmt> body = macroBody("endcall");
    return new Stmt.CallBlock(call, signature(names, defaults, varargs, kwargs), body);
  }

  private Stmt.Signature signature(
      List<String> names, Map<String, Expr> defaults, int varargs, int kwargs) {
    return new Stmt.Signature(
        names, defaults, tokens.usesOf("varargs") > varargs, tokens.usesOf("kwargs") > kwargs);
  }

  private List<Stmt> macroBody(String end) {
    int outer = loops;
    loops = 0;
    List<Stmt> body = closed(end);
    loops = outer;
    return body;
  }

  private List<String> parameters(Map<String, Expr> defaults) {
    List<String> names = new ArrayList<>();
    tokens.expectOperator("(");
    while (!tokens.skipOperator(")")) {
      if (!names.isEmpty()) {
        tokens.expectOperator(",");
      }
      String name = tokens.expectName().text();
      names.add(name);
      if (tokens.skipOperator("=")) {
        defaults.put(name, expressions.expression());
      } else if (!defaults.isEmpty()) {
        throw new JinjaException("the parameter '" + name + "' needs a default value");
      }
    }
    return names;
  }

  private Stmt with() {
    List<Target> targets = new ArrayList<>();
    List<Expr> values = new ArrayList<>();
    while (tokens.current().kind() != Kind.BLOCK_END) {
      if (!targets.isEmpty()) {
        tokens.expectOperator(",");
      }
      targets.add(single(false));
      tokens.expectOperator("=");
      values.add(expressions.expression());
    }
    return new Stmt.With(targets, values, closed("endwith"));
  }
}
