package io.github.lora4j.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.eightbit.DynamicMap;
import io.github.lora4j.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Against trajectories of {@code bitsandbytes.optim.AdamW8bit}: codes, scales and float32 moments
 * bit for bit; the parameters bit for bit where the peer was given a correctly rounded square root,
 * and within a tolerance where it takes that of MKL, whose last bit may differ.
 */
class AdamW8bitTest {
  private static final GoldenAdamW8bit GOLDEN = GoldenAdamW8bit.read();

  /** Relative to the largest magnitude that the parameter has had: some pass through zero. */
  private static final double TOLERANCE = 1e-6;

  @Test
  void bothTypesAreThePeers() {
    assertArrayEquals(GOLDEN.floats().get("map/signed"), DynamicMap.SIGNED.values(), 0f);
    assertArrayEquals(GOLDEN.floats().get("map/unsigned"), DynamicMap.UNSIGNED.values(), 0f);
  }

  @TestFactory
  Stream<DynamicTest> trajectoriesAreThoseOfThePeer() {
    assertEquals(3, GOLDEN.configs().size());
    return GOLDEN.configs().stream()
        .map(c -> DynamicTest.dynamicTest(c.get("name").asText(), () -> checkTrajectory(c)));
  }

  private static void checkTrajectory(JsonNode config) {
    List<Parameter> parameters = GOLDEN.parameters();
    AdamW8bit optimizer =
        new AdamW8bit(
            parameters,
            new AdamWConfig(
                config.get("betas").get(0).asDouble(),
                config.get("betas").get(1).asDouble(),
                config.get("eps").asDouble(),
                config.get("weight_decay").asDouble()));
    List<double[]> largest = parameters.stream().map(p -> new double[p.value().size()]).toList();
    for (int step = 0; step < GOLDEN.steps(); step++) {
      GOLDEN.setGradients(parameters, step);
      double rate = config.get("lr").asDouble();
      optimizer.step(rate * (1 - config.get("lr_decay").asDouble() * step));
      for (int i = 0; i < parameters.size(); i++) {
        Parameter parameter = parameters.get(i);
        String where = parameter.name() + " after step " + step;
        assertEquals(
            golden(config, "crc_moments", parameter, step), crc(optimizer.state(i)), where);
        assertEquals(golden(config, "crc_parameters", parameter, step), crc(parameter), where);
        float[] history = GOLDEN.floats().get(config.get("name").asText() + "/" + parameter.name());
        assertNear(history, parameter, step, largest.get(i));
      }
    }
    assertEquals(GOLDEN.steps(), optimizer.steps());
  }

  private static long golden(JsonNode config, String field, Parameter parameter, int step) {
    return config.get(field).get(parameter.name()).get(step).asLong();
  }

  private static long crc(Parameter parameter) {
    CRC32 crc = new CRC32();
    Tensor value = parameter.value();
    crc.update(StateBytes.of(StateTensor.like(value, "", StateValues.of(value.toArray()))));
    return crc.getValue();
  }

  private static void assertNear(float[] history, Parameter parameter, int step, double[] largest) {
    int stride = GOLDEN.stride(parameter.name());
    int count = history.length / GOLDEN.steps();
    for (int i = 0; i < count; i++) {
      double expected = history[step * count + i];
      largest[i] = Math.max(largest[i], Math.abs(expected));
      assertEquals(
          expected,
          parameter.value().data()[i * stride],
          TOLERANCE * largest[i],
          () -> parameter.name() + " after step " + step);
    }
  }

  /** In the order of the peer: the first moment with its scales, then the second. */
  private static long crc(List<StateTensor> state) {
    CRC32 crc = new CRC32();
    List<StateTensor> ordered =
        state.size() == 2 ? state : List.of(state.get(0), state.get(2), state.get(1), state.get(3));
    for (StateTensor tensor : ordered) {
      crc.update(StateBytes.of(tensor));
    }
    return crc.getValue();
  }

  @Test
  void smallParametersKeepFloat32Moments() {
    AdamW8bit optimizer = new AdamW8bit(GOLDEN.parameters(), AdamWConfig.DEFAULT);
    assertEquals(List.of("state1", "state2"), names(optimizer.state(0)));
    assertEquals(DType.F32, optimizer.state(0).get(1).dtype());
    List<StateTensor> large = optimizer.state(2);
    assertEquals(List.of("state1", "state2", "absmax1", "absmax2"), names(large));
    assertEquals(DType.U8, large.get(1).dtype());
    assertEquals(List.of(4201L), large.get(1).shape());
    assertEquals(List.of(17L), large.get(3).shape());
  }

  private static List<String> names(List<StateTensor> state) {
    return state.stream().map(StateTensor::name).toList();
  }

  @Test
  void continuesFromASavedState() {
    AdamW8bit whole = new AdamW8bit(GOLDEN.parameters(), AdamWConfig.DEFAULT);
    List<Parameter> parts = GOLDEN.parameters();
    AdamW8bit first = new AdamW8bit(parts, AdamWConfig.DEFAULT);
    for (int step = 0; step < 3; step++) {
      step(whole, step);
      step(first, step);
    }
    AdamW8bit second = new AdamW8bit(parts, AdamWConfig.DEFAULT);
    for (int i = 0; i < parts.size(); i++) {
      for (int j = 0; j < first.state(i).size(); j++) {
        byte[] saved = StateBytes.of(first.state(i).get(j));
        second
            .state(i)
            .get(j)
            .values()
            .put(0, ByteBuffer.wrap(saved).order(ByteOrder.LITTLE_ENDIAN));
      }
    }
    second.restoreSteps(first.steps());
    for (int step = 3; step < 6; step++) {
      step(whole, step);
      step(second, step);
    }
    for (int i = 0; i < parts.size(); i++) {
      assertArrayEquals(
          whole.parameters().get(i).value().toArray(), parts.get(i).value().toArray());
    }
  }

  private static void step(Optimizer optimizer, int step) {
    GOLDEN.setGradients(optimizer.parameters(), step);
    optimizer.step(1e-3);
  }
}
