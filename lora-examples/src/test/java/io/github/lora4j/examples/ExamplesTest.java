package io.github.lora4j.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.adapter.PeftAdapterFiles;
import java.nio.file.Path;
import java.util.List;
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
  void textsOfOneMeaningAreNear() {
    List<String> texts =
        List.of("The meal was delicious.", "We enjoyed the food.", "The train is late again.");
    float[][] embeddings = EmbedTexts.embed("minilm", texts);
    double near = cosine(embeddings[0], embeddings[1]);
    double far = cosine(embeddings[0], embeddings[2]);
    assertTrue(near > far + 0.3, near + " and " + far);
  }

  private static double cosine(float[] a, float[] b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      ab += a[i] * b[i];
      aa += a[i] * a[i];
      bb += b[i] * b[i];
    }
    return ab / Math.sqrt(aa * bb);
  }

  @Test
  void adaptersAreSwappedWhileThreadsPredict() throws Exception {
    assertEquals(40, SwapAdapters.run(20));
  }
}
