package io.github.lora4j.compute;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.lifecycle.LifecycleContext;
import net.jqwik.api.lifecycle.SkipExecutionHook;

/** The kernel sets that the JVM of this test run can use. */
public final class KernelSets {
  private KernelSets() {}

  /** For {@code @MethodSource}. */
  public static Stream<KernelSet> available() {
    return list().stream();
  }

  /** The same as a list; the scalar set is always in it. */
  public static List<KernelSet> list() {
    return Arrays.stream(KernelSet.values()).filter(KernelSet::available).toList();
  }

  /** Skips properties of the vector kernels in a JVM without the Vector API. */
  public static final class NeedsVectorApi implements SkipExecutionHook {
    @Override
    public SkipResult shouldBeSkipped(LifecycleContext context) {
      return KernelSet.VECTOR.available()
          ? SkipResult.doNotSkip()
          : SkipResult.skip("the JVM runs without jdk.incubator.vector");
    }
  }
}
