package io.github.lora4j.models.jinja;

import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A compiled template. Immutable and thread-safe.
 *
 * <p>It is rendered as Jinja2's {@code ImmutableSandboxedEnvironment(trim_blocks=True,
 * lstrip_blocks=True)} with loop controls does, with the functions and the {@code tojson} that
 * transformers adds for chat templates. What is not supported is an error, never another text:
 * inheritance, includes, imports, recursive loops, integers beyond 64 bits.
 */
public final class JinjaTemplate {
  private final List<Stmt> body;
  private final JinjaLimits limits;

  private JinjaTemplate(List<Stmt> body, JinjaLimits limits) {
    this.body = body;
    this.limits = limits;
  }

  /**
   * Compiles a template with {@link JinjaLimits#DEFAULT}.
   *
   * @throws JinjaException if its syntax is wrong
   */
  public static JinjaTemplate compile(String template) {
    return compile(template, JinjaLimits.DEFAULT);
  }

  /**
   * Compiles a template.
   *
   * @param limits of each rendering; they bound the length of the template too
   * @throws JinjaException if its syntax is wrong
   */
  public static JinjaTemplate compile(String template, JinjaLimits limits) {
    if (template.length() > limits.characters()) {
      throw new JinjaException("the template has more than " + limits.characters() + " characters");
    }
    try {
      return new JinjaTemplate(Parser.parse(template), limits);
    } catch (StackOverflowError e) {
      throw new JinjaException("the template is nested too deep");
    }
  }

  /**
   * Renders with these variables.
   *
   * @param variables null, Boolean, Number, String, List and Map (with keys of those), as deep as
   *     needed; they are copied
   * @param clock what {@code strftime_now} reads
   * @throws JinjaException if the template raises an error, uses what does not exist, or reaches a
   *     limit
   * @throws IllegalArgumentException if a variable is of another type
   */
  public String render(Map<String, ?> variables, Clock clock) {
    Render render = new Render(limits, clock);
    Scope scope = new Scope(Globals.scope());
    variables.forEach((name, value) -> scope.set(name, value(name, value, 0)));
    Output out = new Output(render);
    try {
      Stmt.runAll(body, scope, out);
    } catch (StackOverflowError e) {
      // Chains such as a + a + a are as deep as they are long.
      throw new JinjaException("the template is nested too deep");
    }
    return out.text();
  }

  private static Object value(String name, Object value, int depth) {
    if (depth > 100) {
      throw new IllegalArgumentException("variable '" + name + "' is nested more than 100 deep");
    }
    if (value == null || value instanceof Boolean || value instanceof String) {
      return value;
    } else if (value instanceof Long || value instanceof Integer || value instanceof Short) {
      return ((Number) value).longValue();
    } else if (value instanceof Double || value instanceof Float) {
      return ((Number) value).doubleValue();
    } else if (value instanceof List<?> list) {
      List<Object> copy = new ArrayList<>();
      list.forEach(item -> copy.add(value(name, item, depth + 1)));
      return copy;
    } else if (value instanceof Map<?, ?> map) {
      Map<Object, Object> copy = new LinkedHashMap<>();
      map.forEach(
          (key, item) -> copy.put(value(name, key, depth + 1), value(name, item, depth + 1)));
      return copy;
    }
    throw new IllegalArgumentException(
        "variable '" + name + "' holds a " + value.getClass().getName());
  }
}
