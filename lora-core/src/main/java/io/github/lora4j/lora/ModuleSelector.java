package io.github.lora4j.lora;

import java.util.List;

/** A choice of modules by name, as in PEFT's {@code target_modules} and {@code exclude_modules}. */
public sealed interface ModuleSelector {

  /**
   * Modules whose name is one of these or ends with a dot and one of these.
   *
   * @param names full names or suffixes of whole segments
   */
  record Names(List<String> names) implements ModuleSelector {
    /** Copies the names. */
    public Names {
      names = List.copyOf(names);
    }
  }

  /**
   * Modules whose whole name matches.
   *
   * @param pattern in Python's syntax, see {@link PythonRegex}
   */
  record Regex(String pattern) implements ModuleSelector {
    /** Checks the syntax. */
    public Regex {
      PythonRegex.compile(pattern);
    }
  }

  /** Every linear module but the output head, PEFT's {@code all-linear}. */
  record AllLinear() implements ModuleSelector {
    /** How PEFT spells it, in any case. */
    static final String NAME = "all-linear";
  }

  /** Names or suffixes. */
  static ModuleSelector names(String... names) {
    return new Names(List.of(names));
  }

  /**
   * What a single string means in PEFT: {@code all-linear}, or a regular expression.
   *
   * @throws IllegalArgumentException if it is not a valid expression
   */
  static ModuleSelector ofString(String text) {
    return text.equalsIgnoreCase(AllLinear.NAME) ? new AllLinear() : new Regex(text);
  }
}
