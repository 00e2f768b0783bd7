package io.github.lora4j.lora;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PythonRegexTest {

  @ParameterizedTest
  @CsvSource({
    "'a\\Z', a, true",
    "'(?P<x_1>ab)(?P=x_1)', abab, true",
    "'[[a]+', '[a', true",
    "'[]a]+', 'a]', true",
    "'[^]a]', ']', false",
    "'[a&&b]+', '&', true",
    "'[\\]]', ']', true",
    "'a|b', b, true",
    "'(?i)Q', q, true",
    "'(?<=a)b|ab', ab, true",
    "'(?:q|k)_proj', q_proj, true",
    "'\\d+\\.x', '12.x', true",
    "'.*\\.q', 'ab', false",
  })
  void matchesAsPythonDoes(String pattern, String text, boolean matches) {
    assertEquals(matches, PythonRegex.matcher(PythonRegex.compile(pattern), text).matches());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(",
        "[a",
        "a\\",
        "*",
        "(?P<x",
        "(?P>x)",
        "(?(1)a|b)",
        "(?#x)",
        "\\Q",
        "\\p",
        "a{2,1}"
      })
  void refusesWhatIsNotValidOrNotSupported(String pattern) {
    assertThrows(IllegalArgumentException.class, () -> PythonRegex.compile(pattern));
  }

  @Test
  void givesUpOnEndlessBacktracking() {
    var pattern = PythonRegex.compile("a?".repeat(40) + "a".repeat(40) + "b");
    var e =
        assertThrows(
            IllegalArgumentException.class,
            () -> PythonRegex.matcher(pattern, "a".repeat(60)).matches());
    assertTrue(e.getMessage().contains("takes too long"), e.getMessage());
  }

  @Test
  void deepNestingIsRefusedNotAnOverflow() {
    String deep = "(".repeat(100_000) + ")".repeat(100_000);
    assertThrows(IllegalArgumentException.class, () -> PythonRegex.compile(deep));
  }
}
