package io.github.lora4j.autograd;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.KernelSet;
import io.github.lora4j.compute.KernelSets;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every operation against central differences in float64, with every set of kernels. */
class GradientTest {

  @TestFactory
  Stream<DynamicTest> operations() {
    return Stream.concat(OpCases.all().stream(), Stream.of(EncoderBlockCase.create()))
        .map(c -> DynamicTest.dynamicTest(c.name(), () -> check(c)));
  }

  private static void check(OpCase c) {
    GradientCheck expected = GradientCheck.byCentralDifferences(c);
    for (KernelSet set : KernelSets.list()) {
      for (int threads : new int[] {1, 3}) {
        try (Compute compute = new Compute(set, threads)) {
          expected.require(compute, c.with(c.name() + " on " + set, c.op()));
        }
      }
    }
  }
}
