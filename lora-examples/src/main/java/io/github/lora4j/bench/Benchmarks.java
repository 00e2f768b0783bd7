package io.github.lora4j.bench;

import java.util.List;

/** The benchmarks there are. */
public final class Benchmarks {
  private static final List<Benchmark> ALL =
      List.of(
          new GemmBenchmark(),
          new QuantBenchmark(),
          new QuantErrorBenchmark(),
          new TrainBenchmark(),
          new DecodeBenchmark(),
          new AdaptersBenchmark(),
          QloraScaleBenchmark.sevenBillion(),
          QloraScaleBenchmark.thirteenBillion());

  private Benchmarks() {}

  /** All benchmarks, in the order in which they are listed. */
  public static List<Benchmark> all() {
    return ALL;
  }
}
