package io.github.lora4j.quant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.lora4j.checkpoint.SafetensorsFile;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.Kernels;
import io.github.lora4j.compute.WorkerPool;
import io.github.lora4j.eightbit.DynamicMap;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Packed bytes, scales and dequantized values are those of bitsandbytes, bit for bit. */
class QuantizerGoldenTest {
  private static final Kernels KERNELS = Compute.withThreads(1).kernels();
  private static SafetensorsFile file;
  private static WorkerPool pool;

  @BeforeAll
  static void open() {
    file = GoldenQuant.open("blocks.safetensors");
    pool = new WorkerPool(2);
  }

  @AfterAll
  static void close() {
    pool.close();
    file.close();
  }

  static Stream<JsonNode> cases() {
    List<JsonNode> cases = new ArrayList<>();
    GoldenQuant.json("blocks.json").get("cases").forEach(cases::add);
    return cases.stream();
  }

  private static float[] weights(JsonNode entry) {
    String name = entry.get("name").asText();
    String dtype = entry.get("dtype").asText();
    return file.readFloat32(
        name.endsWith("tail") ? "tail/f32" : "weights/" + dtype.replace("float", "f"));
  }

  private static QuantConfig config(JsonNode entry) {
    return new QuantConfig(
        QuantType.of(entry.get("type").asText()),
        entry.get("block_size").asInt(),
        entry.get("nested").asBoolean());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void packsAsThePeer(JsonNode entry) {
    String name = entry.get("name").asText();
    float[] w = weights(entry);
    FourBitWeights packed = new Quantizer(config(entry)).quantize(pool, w, 1, w.length);
    String packedName = name.replace("-nested", "") + "/packed";
    assertArrayEquals(GoldenQuant.bytes(file, packedName), packed.packed());
    if (packed.absmax() instanceof Absmax.Plain plain) {
      assertArrayEquals(file.readFloat32(name + "/absmax"), plain.values(), 0f);
    } else if (packed.absmax() instanceof Absmax.Nested nested) {
      float offset = (float) entry.get("offset").asDouble();
      assertTrue(
          Math.abs(offset - nested.offset()) <= 2 * Math.ulp(offset),
          offset + " and " + nested.offset());
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void nestedScalesAndValuesAsThePeer(JsonNode entry) {
    String name = entry.get("name").asText();
    float[] w = weights(entry);
    QuantConfig config = config(entry);
    FourBitWeights packed =
        new Quantizer(new QuantConfig(config.type(), config.blockSize(), false))
            .quantize(pool, w, 1, w.length);
    if (config.doubleQuant()) {
      float[] absmax = ((Absmax.Plain) packed.absmax()).values();
      Absmax.Nested nested = Quantizer.nested(absmax, (float) entry.get("offset").asDouble());
      assertArrayEquals(GoldenQuant.bytes(file, name + "/codes"), nested.codes());
      assertArrayEquals(file.readFloat32(name + "/nested_absmax"), nested.scales(), 0f);
      packed =
          new FourBitWeights(
              packed.type(), 1, w.length, packed.blockSize(), packed.packed(), nested);
    }
    float[] values = new float[w.length];
    new FourBitMatrix(KERNELS, packed).decodeRow(0, values, 0);
    assertEquals(entry.get("crc").asLong(), GoldenQuant.crc(values));
  }

  @Test
  void dynamicMapAsThePeer() {
    assertArrayEquals(file.readFloat32("map/dynamic"), DynamicMap.SIGNED.values(), 0f);
  }
}
