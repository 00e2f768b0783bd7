package io.github.lora4j.cli;

import io.github.lora4j.lora.LoraInit;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** PEFT's values of {@code init_lora_weights} from which a training can start here. */
final class LoraInitConverter implements ITypeConverter<InitChoice> {
  private static final String NITER = LoraInit.PISSA_NITER.value().toString();
  private static final Pattern NUMBERED = Pattern.compile(NITER + "([1-9][0-9]{0,3})");

  private static final Map<String, LoraInit> KNOWN =
      new TreeMap<>(
          Arrays.stream(LoraInit.values())
              .filter(init -> init != LoraInit.EVA && init != LoraInit.PISSA_NITER)
              .collect(Collectors.toMap(init -> init.value().toString(), Function.identity())));

  @Override
  public InitChoice convert(String value) {
    Matcher numbered = NUMBERED.matcher(value);
    if (numbered.matches()) {
      return new InitChoice(LoraInit.PISSA_NITER, Integer.valueOf(numbered.group(1)));
    }
    LoraInit init = KNOWN.get(value);
    if (init == null) {
      TreeSet<String> known = new TreeSet<>(KNOWN.keySet());
      known.add(NITER + "N");
      throw new TypeConversionException("'" + value + "', known are " + known);
    }
    return new InitChoice(init, null);
  }
}
