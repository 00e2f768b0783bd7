package io.github.lora4j.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lora4j.checkpoint.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Against {@code torch.svd_lowrank}, which starts from other random numbers: what it leaves of a
 * matrix, on average over seeds, see scripts/fixtures/base_starts.py.
 */
class ApproximateSvdTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");
  private static final int SEEDS = 1000;

  @Test
  void leavesAsMuchAsTorch() throws IOException {
    JsonNode json = new ObjectMapper().readTree(GOLDEN.resolve("svd_lowrank.json").toFile());
    try (SafetensorsFile file = SafetensorsFile.open(GOLDEN.resolve("svd_lowrank.safetensors"))) {
      for (JsonNode test : json.get("cases")) {
        float[] m = file.readFloat32(test.get("shape").textValue());
        int rows = test.get("rows").asInt();
        int cols = test.get("cols").asInt();
        int r = test.get("r").asInt();
        double best = left(m, TruncatedSvd.of(m, rows, cols, r));
        double mean = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
          TruncatedSvd svd =
              TruncatedSvd.approximate(m, rows, cols, r, test.get("iterations").asInt(), seed);
          double left = left(m, svd) / best;
          assertTrue(left >= 1 - 1e-9, test + ": " + left);
          mean += left / SEEDS;
        }
        double error = test.get("deviation").asDouble() * Math.sqrt(2.0 / SEEDS);
        assertEquals(SEEDS, test.get("seeds").asInt());
        // Another number of iterations is tens of errors away.
        assertEquals(test.get("mean").asDouble(), mean, 5 * error, test.toString());
      }
    }
  }

  private static double left(float[] m, TruncatedSvd svd) {
    double sum = 0;
    for (int i = 0; i < svd.rows(); i++) {
      for (int j = 0; j < svd.cols(); j++) {
        double near = 0;
        for (int k = 0; k < svd.rank(); k++) {
          near += svd.u()[i * svd.rank() + k] * svd.s()[k] * svd.vt()[k * svd.cols() + j];
        }
        sum += Math.pow(m[i * svd.cols() + j] - near, 2);
      }
    }
    return Math.sqrt(sum);
  }

  @Test
  void theSeedDecides() {
    float[] m = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8};
    assertEquals(
        TruncatedSvd.approximate(m, 3, 4, 1, 0, 5), TruncatedSvd.approximate(m, 3, 4, 1, 0, 5));
    assertTrue(
        !TruncatedSvd.approximate(m, 3, 4, 1, 0, 5)
            .equals(TruncatedSvd.approximate(m, 3, 4, 1, 0, 6)));
    assertThrows(IllegalArgumentException.class, () -> TruncatedSvd.approximate(m, 3, 4, 1, -1, 5));
    assertThrows(IllegalArgumentException.class, () -> TruncatedSvd.approximate(m, 3, 4, 4, 1, 5));
  }
}
