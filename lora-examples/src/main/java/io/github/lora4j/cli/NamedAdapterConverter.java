package io.github.lora4j.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code [NAME=]DIR}; the name is that of the folder or repository if none is given. */
final class NamedAdapterConverter implements ITypeConverter<NamedAdapter> {
  // A path that has a '=' is not taken apart at a separator: names have none.
  private static final Pattern NAMED = Pattern.compile("([^=/\\\\]*)=(.*)");

  @Override
  public NamedAdapter convert(String value) {
    Matcher named = NAMED.matcher(value);
    boolean hasName = named.matches();
    String place = hasName ? named.group(2) : value;
    if (place.isEmpty() || hasName && named.group(1).isBlank()) {
      throw new TypeConversionException("'" + value + "' is not [NAME=]DIR");
    }
    return hasName ? new NamedAdapter(named.group(1), place) : NamedAdapter.of(place);
  }
}
