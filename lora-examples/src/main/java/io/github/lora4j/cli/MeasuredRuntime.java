package io.github.lora4j.cli;

import io.github.lora4j.compute.KernelSet;
import io.github.lora4j.memory.RuntimeMemory;

/**
 * What the virtual machine takes in a training: figures that were measured on Linux with the
 * options of the launcher.
 */
final class MeasuredRuntime {
  private static final long MB = 1 << 20;

  /** The first version for which the launcher uses an archive of classes; measured on Java 25. */
  private static final int ARCHIVE = 19;

  private static final long ND4J = 35;

  private MeasuredRuntime() {}

  /** For this virtual machine and its kernels. */
  static RuntimeMemory get() {
    return of(Runtime.version().feature(), KernelSet.selected());
  }

  static RuntimeMemory of(int version, KernelSet kernels) {
    long nd4j = kernels == KernelSet.ND4J ? ND4J : 0;
    return version < ARCHIVE
        ? new RuntimeMemory((112 + nd4j) * MB, (149 + nd4j) * MB, 0.10)
        : new RuntimeMemory((130 + nd4j) * MB, (196 + nd4j) * MB, 0.14);
  }
}
