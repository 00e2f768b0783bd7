package io.github.lora4j.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.adapter.PeftAdapterFiles;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example programs do what they say. */
class ExamplesTest {
  @Test
  void oneLayerLearnsTheChange() {
    double untrained = OneLayer.train(0);
    double trained = OneLayer.train(400);
    assertTrue(trained < untrained / 1000, untrained + " -> " + trained);
  }

  @Test
  void sentimentIsLearnedAndSaved(@TempDir Path out) {
    double accuracy = FineTuneSentiment.train(128, 3, out);
    assertTrue(accuracy > 0.7, "accuracy " + accuracy);
    assertEquals(12, PeftAdapterFiles.load("again", out).weights().size());
  }

  @Test
  void adaptersAreSwappedWhileThreadsPredict() throws Exception {
    assertEquals(40, SwapAdapters.run(20));
  }
}
