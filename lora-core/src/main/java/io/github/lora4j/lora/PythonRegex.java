package io.github.lora4j.lora;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Regular expressions in Python's syntax, as PEFT configurations have them, on Java's engine.
 * Translated are named groups, {@code \Z}, {@code \v} and the characters that only Java treats
 * specially in a class; what Java has no equal for (conditionals, comments, bad escapes) is
 * refused. {@code \d}, {@code \w} and {@code \s} match ASCII only.
 */
public final class PythonRegex {

  /** Reads of the text after which a match is given up: patterns come from files of strangers. */
  private static final int MAX_STEPS = 5_000_000;

  private static final String PLAIN_ESCAPES = "AbBdDsSwWafnrtxu";

  private PythonRegex() {}

  /**
   * Translates and compiles.
   *
   * @throws IllegalArgumentException if the pattern is not valid or not supported
   */
  public static Pattern compile(String python) {
    try {
      return Pattern.compile(translate(python));
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "'" + python + "' is not a valid regular expression: " + e.getDescription(), e);
    } catch (StackOverflowError e) {
      throw new IllegalArgumentException("a regular expression is nested too deeply", e);
    }
  }

  /**
   * A matcher that gives up on a pattern that backtracks without end.
   *
   * <p>Its methods throw {@link IllegalArgumentException} when that happens.
   */
  static Matcher matcher(Pattern pattern, String text) {
    return pattern.matcher(new BoundedText(text, pattern));
  }

  private static String translate(String python) {
    StringBuilder java = new StringBuilder(python.length() + 16);
    boolean inClass = false;
    for (int i = 0; i < python.length(); i++) {
      char c = python.charAt(i);
      if (c == '\\') {
        if (++i == python.length()) {
          throw new PatternSyntaxException("bad escape at the end", python, i);
        }
        appendEscape(java, python, i);
      } else if (inClass) {
        inClass = c != ']';
        java.append(c == '[' || c == '&' ? "\\" : "").append(c);
      } else if (c == '[') {
        inClass = true;
        java.append(c);
        if (python.startsWith("^", i + 1)) {
          java.append('^');
          i++;
        }
        if (python.startsWith("]", i + 1)) {
          java.append("\\]");
          i++;
        }
      } else if (c == '(' && python.startsWith("?", i + 1)) {
        i = appendGroup(java, python, i);
      } else {
        java.append(c);
      }
    }
    return java.toString();
  }

  private static void appendEscape(StringBuilder java, String python, int at) {
    char c = python.charAt(at);
    boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
    if (c == 'Z') {
      java.append("\\z");
    } else if (c == 'v') {
      java.append("\\x0B");
    } else if (!letter || PLAIN_ESCAPES.indexOf(c) >= 0) {
      java.append('\\').append(c);
    } else {
      throw new PatternSyntaxException("bad escape \\" + c, python, at);
    }
  }

  /** Appends the opening of a group that starts with "(?"; returns the index of its last letter. */
  private static int appendGroup(StringBuilder java, String python, int at) {
    if (python.startsWith("(?P<", at) || python.startsWith("(?P=", at)) {
      boolean reference = python.charAt(at + 3) == '=';
      int end = python.indexOf(reference ? ')' : '>', at);
      if (end < 0) {
        throw new PatternSyntaxException("unfinished group name", python, at);
      }
      String name = javaGroupName(python.substring(at + 4, end));
      java.append(reference ? "\\k<" : "(?<").append(name).append('>');
      return end;
    }
    if (python.startsWith("(?(", at)
        || python.startsWith("(?#", at)
        || python.startsWith("(?P", at)) {
      throw new PatternSyntaxException("unsupported group " + python.substring(at), python, at);
    }
    java.append("(?");
    return at + 1;
  }

  /** Java's group names have letters and digits only: others are written as their code. */
  private static String javaGroupName(String name) {
    StringBuilder javaName = new StringBuilder("g");
    for (char c : name.toCharArray()) {
      boolean plain = c >= 'a' && c <= 'y' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
      javaName.append(plain ? String.valueOf(c) : "z" + (int) c + "z");
    }
    return javaName.toString();
  }

  /** Text that counts how often it is read. Used by one matcher only. */
  private static final class BoundedText implements CharSequence {
    private final String text;
    private final Pattern pattern;
    private int steps;

    BoundedText(String text, Pattern pattern) {
      this.text = text;
      this.pattern = pattern;
    }

    @Override
    public char charAt(int index) {
      if (++steps > MAX_STEPS) {
        throw new IllegalArgumentException(
            "the regular expression '" + pattern + "' takes too long on '" + text + "'");
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.substring(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
