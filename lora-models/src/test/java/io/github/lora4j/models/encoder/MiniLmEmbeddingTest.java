package io.github.lora4j.models.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lora4j.checkpoint.SafetensorsFile;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Against the embeddings of PyTorch, by scripts/fixtures/minilm.py. */
class MiniLmEmbeddingTest {

  @Test
  void embeddingsAreThoseOfPyTorch() throws IOException, URISyntaxException {
    Path golden = Path.of(getClass().getResource("/golden").toURI());
    JsonNode json = new ObjectMapper().readTree(golden.resolve("minilm.json").toFile());
    List<String> texts = new ArrayList<>();
    json.get("texts").forEach(node -> texts.add(node.get("text").asText()));
    assertEquals(22, texts.size());
    try (SafetensorsFile expected = SafetensorsFile.open(golden.resolve("minilm.safetensors"));
        Compute compute = Compute.withThreads(2);
        TextEncoder encoder = TextEncoder.open(compute, "minilm", json.get("max_length").asInt())) {
      float[] pooled = expected.readFloat32("mean_pooled");
      float[] normalized = expected.readFloat32("normalized");
      float[][] embeddings = encoder.embed(texts, ActiveAdapter.NONE);
      int hidden = encoder.encoder().config().hiddenSize();
      assertEquals(pooled.length, texts.size() * hidden);
      for (int i = 0; i < embeddings.length; i++) {
        String text = "text " + i;
        float[] row = Arrays.copyOfRange(pooled, i * hidden, (i + 1) * hidden);
        assertArrayEquals(row, embeddings[i], 1e-5f, text);
        float[] direction = Arrays.copyOfRange(normalized, i * hidden, (i + 1) * hidden);
        assertArrayEquals(direction, normalized(embeddings[i]), 1e-5f, text);
      }
    }
  }

  private static float[] normalized(float[] values) {
    double squares = 0;
    for (float value : values) {
      squares += (double) value * value;
    }
    float[] normalized = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      normalized[i] = (float) (values[i] / Math.sqrt(squares));
    }
    return normalized;
  }
}
