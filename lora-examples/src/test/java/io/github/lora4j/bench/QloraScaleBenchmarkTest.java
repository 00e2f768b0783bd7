package io.github.lora4j.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** The benchmark of large models, on a small one. */
class QloraScaleBenchmarkTest {
  @Test
  void trainsOverWhatItWrote() {
    RandomLlama shape = new RandomLlama(96, 160, 3, 4, 50);
    assertEquals(3 * (4 * 96 * 96 + 3 * 96 * 160), shape.weights());
    Map<String, Object> figures =
        new QloraScaleBenchmark("small", shape, 4, 7).run(new BenchOptions(2, line -> {}));
    assertEquals(shape.weights(), figures.get("weights"));
    assertEquals(3L * 4 * (4 * 192 + 3 * 256), figures.get("trainable"));
    assertTrue((double) figures.get("seconds_per_step") > 0);
    assertTrue((double) figures.get("gflops") > 0);
  }
}
