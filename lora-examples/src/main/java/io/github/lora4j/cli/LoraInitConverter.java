package io.github.lora4j.cli;

import io.github.lora4j.lora.LoraInit;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** PEFT's values of {@code init_lora_weights}. */
final class LoraInitConverter implements ITypeConverter<LoraInit> {
  private static final Map<String, LoraInit> KNOWN =
      new TreeMap<>(
          Map.of(
              "true", LoraInit.KAIMING,
              "false", LoraInit.RANDOM,
              "gaussian", LoraInit.GAUSSIAN,
              "orthogonal", LoraInit.ORTHOGONAL,
              "loftq", LoraInit.LOFTQ));

  @Override
  public LoraInit convert(String value) {
    LoraInit init = KNOWN.get(value);
    if (init == null) {
      throw new TypeConversionException("'" + value + "', known are " + KNOWN.keySet());
    }
    return init;
  }
}
