package io.github.lora4j.cli;

import io.github.lora4j.lora.LoraInit;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** PEFT's values of {@code init_lora_weights} from which a training can start here. */
final class LoraInitConverter implements ITypeConverter<LoraInit> {
  private static final Map<String, LoraInit> KNOWN =
      new TreeMap<>(
          Arrays.stream(LoraInit.values())
              .filter(init -> init != LoraInit.EVA)
              .collect(Collectors.toMap(init -> init.value().toString(), Function.identity())));

  @Override
  public LoraInit convert(String value) {
    LoraInit init = KNOWN.get(value);
    if (init == null) {
      throw new TypeConversionException("'" + value + "', known are " + KNOWN.keySet());
    }
    return init;
  }
}
