package io.github.lora4j.cli;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code [NAME=]DIR}; the name is that of the directory if none is given. */
final class NamedAdapterConverter implements ITypeConverter<NamedAdapter> {
  // A path that has a '=' is not taken apart at a separator: names have none.
  private static final Pattern NAMED = Pattern.compile("([^=/\\\\]*)=(.*)");

  @Override
  public NamedAdapter convert(String value) {
    Matcher named = NAMED.matcher(value);
    boolean hasName = named.matches();
    String directory = hasName ? named.group(2) : value;
    if (directory.isEmpty() || hasName && named.group(1).isBlank()) {
      throw new TypeConversionException("'" + value + "' is not [NAME=]DIR");
    }
    Path path = Path.of(directory);
    return hasName ? new NamedAdapter(named.group(1), path) : NamedAdapter.of(path);
  }
}
