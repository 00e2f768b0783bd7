package io.github.lora4j.lora;

import java.util.Map;

/** PEFT's lookup in {@code rank_pattern} and {@code alpha_pattern}. */
final class PatternKeys {

  private PatternKeys() {}

  /**
   * The value of the first key that, as a regular expression, matches the module's name from the
   * start of a segment to the end; else of the key that is the name itself; else the fallback.
   */
  static <V> V lookUp(Map<String, V> patterns, String module, V fallback) {
    for (Map.Entry<String, V> entry : patterns.entrySet()) {
      // PEFT matches "(.*\.)?(key)$" from the start of the name.
      var pattern = PythonRegex.compile("(.*\\.)?(" + entry.getKey() + ")$");
      if (PythonRegex.matcher(pattern, module).lookingAt()) {
        return entry.getValue();
      }
    }
    return patterns.getOrDefault(module, fallback);
  }
}
