package io.github.lora4j.cli;

import io.github.lora4j.memory.MemoryBudget;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How much memory a training may take. */
final class MemoryOptions {
  @Option(
      names = "--memory-budget",
      paramLabel = "SIZE",
      converter = Converter.class,
      description = {
        "The most memory that the process may take, for example 800m or 2g. If that is",
        "too little, the training ends before it begins and says what would fit."
      })
  private MemoryBudget budget;

  /** The budget, or null. */
  MemoryBudget budget() {
    return budget;
  }

  static final class Converter implements ITypeConverter<MemoryBudget> {
    @Override
    public MemoryBudget convert(String value) {
      try {
        return MemoryBudget.parse(value);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
