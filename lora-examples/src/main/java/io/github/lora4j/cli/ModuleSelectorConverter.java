package io.github.lora4j.cli;

import io.github.lora4j.lora.ModuleSelector;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads {@code --target-modules}: plain names with commas between them, or what PEFT's string is.
 */
final class ModuleSelectorConverter implements ITypeConverter<ModuleSelector> {
  // A name alone has no character that an expression would need, but for the dot.
  private static final Pattern NAMES = Pattern.compile("[\\w.]+(,[\\w.]+)*");

  @Override
  public ModuleSelector convert(String value) {
    if (NAMES.matcher(value).matches()) {
      return ModuleSelector.names(value.split(","));
    }
    try {
      return ModuleSelector.ofString(value);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
