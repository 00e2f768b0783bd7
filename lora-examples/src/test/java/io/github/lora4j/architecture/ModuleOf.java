package io.github.lora4j.architecture;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.Source;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Tells from where a class was loaded which Maven module it belongs to. */
final class ModuleOf {
  /** The modules in the direction of dependency: each may use those before it. */
  static final List<String> ORDER =
      List.of("lora-core", "lora-quant", "lora-models", "lora-examples");

  // A module's classes lie in MODULE/target/classes, in MODULE/target/*.jar, or in an installed
  // jar.
  private static final Pattern MODULE =
      Pattern.compile(".*/(" + String.join("|", ORDER) + ")/(?:target/|[0-9]).*");

  private ModuleOf() {}

  /** The module of a class, or empty for a class of a library. */
  static Optional<String> of(JavaClass type) {
    return type.getBaseComponentType()
        .getSource()
        .map(Source::getUri)
        .map(uri -> MODULE.matcher(uri.toString()))
        .filter(Matcher::matches)
        .map(match -> match.group(1));
  }
}
