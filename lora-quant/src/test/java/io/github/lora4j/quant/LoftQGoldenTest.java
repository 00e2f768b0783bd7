package io.github.lora4j.quant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.lora4j.checkpoint.SafetensorsFile;
import io.github.lora4j.compute.WorkerPool;
import io.github.lora4j.lora.LoraFactors;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Weights and starts are those of PEFT, see scripts/fixtures/loftq.py. */
class LoftQGoldenTest {
  private static SafetensorsFile file;
  private static WorkerPool pool;

  @BeforeAll
  static void open() {
    file = GoldenQuant.open("loftq.safetensors");
    pool = new WorkerPool(2);
  }

  @AfterAll
  static void close() {
    pool.close();
    file.close();
  }

  private static Stream<JsonNode> cases(String kind) {
    List<JsonNode> cases = new ArrayList<>();
    GoldenQuant.json("loftq.json").get("cases").forEach(cases::add);
    return cases.stream().filter(entry -> entry.get("kind").asText().equals(kind));
  }

  static Stream<JsonNode> inits() {
    return cases("init");
  }

  static Stream<JsonNode> replacements() {
    return cases("replace");
  }

  @ParameterizedTest
  @MethodSource("inits")
  void asLoftqInit(JsonNode entry) {
    int out = entry.get("out").asInt();
    int in = entry.get("in").asInt();
    float[] w = file.readFloat32(entry.get("shape").asText() + "/w");
    LoftQ.Start start =
        LoftQ.init(
            pool,
            new Quantizer(new QuantConfig(QuantType.NF4, 64, false)),
            w,
            out,
            in,
            entry.get("r").asInt(),
            entry.get("iterations").asInt());
    float[] q = start.weights().dequantize();
    float[] peer = file.readFloat32(entry.get("name").asText() + "/q");
    // From the second iteration on, W - BA has the rounding of the peer's float32 decomposition:
    // its
    // codes are the same, its scales differ in their last bits.
    float tolerance = entry.get("iterations").asInt() == 1 ? 0f : 1e-6f;
    for (int i = 0; i < q.length; i++) {
      assertEquals(peer[i], q[i], tolerance * Math.abs(peer[i]));
    }
    checkFactors(entry, w, q, start.factors());
  }

  @ParameterizedTest
  @MethodSource("replacements")
  void asReplaceLoraWeightsLoftq(JsonNode entry) {
    int out = entry.get("out").asInt();
    int in = entry.get("in").asInt();
    float[] w = file.readFloat32(entry.get("shape").asText() + "/w");
    FourBitWeights weights = new Quantizer(QuantConfig.NF4).quantize(pool, w, out, in);
    float[] q = weights.dequantize();
    // The mean that double quantization subtracts differs in its last bits.
    assertArrayEquals(file.readFloat32(entry.get("name").asText() + "/q"), q, 1e-7f);
    checkFactors(entry, w, q, LoftQ.factors(weights, w, entry.get("r").asInt()));
  }

  private static void checkFactors(
      JsonNode entry, float[] w, float[] q, LoraFactors.Factors factors) {
    String name = entry.get("name").asText();
    int r = entry.get("r").asInt();
    int out = entry.get("out").asInt();
    int in = entry.get("in").asInt();
    float[] a = factors.a().data();
    float[] b = factors.b().data();
    float[] peerA = file.readFloat32(name + "/lora_A");
    float[] peerB = file.readFloat32(name + "/lora_B");
    double[] product = product(a, b, r, out, in);
    double[] peer = product(peerA, peerB, r, out, in);
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < peer.length; i++) {
      difference += Math.pow(product[i] - peer[i], 2);
      norm += peer[i] * peer[i];
    }
    assertEquals(0, Math.sqrt(difference / norm), 1e-4, name);
    float largest = 0;
    for (float value : peerA) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int k = 0; k < r; k++) {
      // A pair of singular vectors may have either sign, the same for both.
      double along = 0;
      for (int c = 0; c < in; c++) {
        along += a[k * in + c] * peerA[k * in + c];
      }
      float sign = (float) Math.signum(along);
      for (int c = 0; c < in; c++) {
        assertEquals(peerA[k * in + c], sign * a[k * in + c], 2e-4f * largest, name + " A");
      }
      for (int row = 0; row < out; row++) {
        assertEquals(peerB[row * r + k], sign * b[row * r + k], 2e-4f * largest, name + " B");
      }
    }
    double left = norm(w, q, product) / norm(w, plain(w, out, in), new double[w.length]);
    assertEquals(entry.get("left").asDouble(), left, 1e-5, name);
    assertTrue(left < 0.65, name + " " + left);
  }

  private static float[] plain(float[] w, int out, int in) {
    return new Quantizer(new QuantConfig(QuantType.NF4, 64, false))
        .quantize(pool, w, out, in)
        .dequantize();
  }

  private static double norm(float[] w, float[] q, double[] update) {
    double sum = 0;
    for (int i = 0; i < w.length; i++) {
      sum += Math.pow((double) w[i] - q[i] - update[i], 2);
    }
    return Math.sqrt(sum);
  }

  private static double[] product(float[] a, float[] b, int r, int out, int in) {
    double[] product = new double[out * in];
    for (int row = 0; row < out; row++) {
      for (int c = 0; c < in; c++) {
        for (int k = 0; k < r; k++) {
          product[row * in + c] += (double) b[row * r + k] * a[k * in + c];
        }
      }
    }
    return product;
  }
}
