package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.KernelSet;
import io.github.lora4j.compute.Kernels;
import java.util.Arrays;
import java.util.List;

/** The kernels of every set that the JVM of this test run can use. */
final class AllKernels {
  private static final List<Kernels> ALL =
      Arrays.stream(KernelSet.values())
          .filter(KernelSet::available)
          .map(set -> new Compute(set, 1).kernels())
          .toList();

  private AllKernels() {}

  static List<Kernels> list() {
    return ALL;
  }
}
