package io.github.lora4j.quant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.checkpoint.AtomicFile;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.checkpoint.SafetensorsFile;
import io.github.lora4j.checkpoint.SafetensorsWriter;
import io.github.lora4j.checkpoint.TensorInfo;
import io.github.lora4j.compute.Compute;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** 4-bit weights in checkpoints, as the peer saves a Linear4bit. */
class QuantStateTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"nested", "plain"})
  void readsWhatThePeerSaves(String name) {
    try (SafetensorsFile file = GoldenQuant.open("state.safetensors");
        Compute compute = Compute.withThreads(2)) {
      assertTrue(QuantState.isQuantized(file.names(), name + ".weight"));
      FourBitMatrix w =
          new FourBitMatrix(compute.kernels(), QuantState.read(file, name + ".weight"));
      assertEquals(40, w.out());
      assertEquals(96, w.in());
      float[] dense = new float[40 * 96];
      w.decodeRows(0, 40, 0, 96, dense, 0, 96);
      assertArrayEquals(file.readFloat32(name + ".dense"), dense, 0f);
      float[] y = new float[7 * 40];
      float[] bias = file.readFloat32(name + ".bias");
      compute.gemm().forward(compute.pool(), file.readFloat32("x"), 7, w, bias, y);
      assertArrayEquals(file.readFloat32(name + ".y"), y, 1e-5f);
    }
  }

  /** The same tensors, with the same bytes but for the spaces of the JSON. */
  @ParameterizedTest
  @ValueSource(strings = {"nested", "plain"})
  void writesWhatThePeerSaves(String name) {
    Path written = directory.resolve("state.safetensors");
    try (SafetensorsFile file = GoldenQuant.open("state.safetensors")) {
      SafetensorsWriter writer = new SafetensorsWriter();
      String weight = name + ".weight";
      QuantState.add(writer, weight, QuantState.read(file, weight), "float32");
      writer.write(written);
      try (SafetensorsFile again = SafetensorsFile.open(written)) {
        for (String tensor : file.names()) {
          if (!tensor.startsWith(weight)) {
            continue;
          }
          TensorInfo info = file.info(tensor);
          assertEquals(info.dtype(), again.info(tensor).dtype(), tensor);
          if (tensor.contains("quant_state")) {
            assertEquals(text(file, tensor), text(again, tensor));
          } else {
            assertEquals(info.shape(), again.info(tensor).shape(), tensor);
            assertEquals(file.bytes(tensor), again.bytes(tensor), tensor);
          }
        }
      }
    }
  }

  private static String text(SafetensorsFile file, String name) {
    return new String(GoldenQuant.bytes(file, name), StandardCharsets.UTF_8).replace(" ", "");
  }

  @Test
  void partsAreTold() {
    assertTrue(QuantState.isPart("a.weight.quant_state.bitsandbytes__nf4"));
    assertTrue(QuantState.isPart("a.weight.nested_absmax"));
    assertFalse(QuantState.isPart("a.weight"));
  }

  @Test
  void damagedStatesAreRefused() {
    requireRefused("field blocksize", "{\"shape\":[40,96]}", Map.of());
    requireRefused("packed bytes", "{\"shape\":[40,98],\"blocksize\":64}", Map.of());
    requireRefused("block size 48", "{\"shape\":[40,96],\"blocksize\":48}", Map.of());
    requireRefused("scales", "{\"shape\":[40,96],\"blocksize\":128}", Map.of());
    requireRefused("not that of a matrix", "{\"shape\":[3840],\"blocksize\":64}", Map.of());
    requireRefused("Unexpected", "{\"shape\":", Map.of());
    requireRefused(
        "quant_map", "{\"shape\":[40,96],\"blocksize\":64}", Map.of("w.quant_map", new float[16]));
    requireRefused(
        "not finite",
        "{\"shape\":[40,96],\"blocksize\":64}",
        Map.of("w.absmax", filled(60, Float.NaN)));
  }

  @Test
  void unknownTypesAreNamed() {
    SafetensorsWriter writer = new SafetensorsWriter();
    bytes(writer, "w", new byte[8]);
    bytes(writer, "w.quant_state.bitsandbytes__af4", "{}".getBytes(StandardCharsets.UTF_8));
    CheckpointException e = assertThrows(CheckpointException.class, () -> read(writer));
    assertTrue(e.getMessage().contains("af4"), e.getMessage());
  }

  private void requireRefused(String expected, String state, Map<String, float[]> changes) {
    Map<String, float[]> floats = new HashMap<>();
    floats.put("w.absmax", filled(60, 1f));
    floats.put("w.quant_map", QuantType.NF4.codes());
    floats.putAll(changes);
    SafetensorsWriter writer = new SafetensorsWriter();
    bytes(writer, "w", new byte[40 * 96 / 2]);
    bytes(writer, "w.quant_state.bitsandbytes__nf4", state.getBytes(StandardCharsets.UTF_8));
    floats.forEach(
        (name, values) -> writer.addFloat32(name, java.util.List.of((long) values.length), values));
    CheckpointException e = assertThrows(CheckpointException.class, () -> read(writer));
    assertTrue(e.getMessage().contains(expected), e.getMessage());
    assertTrue(e.getMessage().contains("w"), e.getMessage());
  }

  private static float[] filled(int count, float value) {
    float[] values = new float[count];
    java.util.Arrays.fill(values, value);
    return values;
  }

  private void read(SafetensorsWriter writer) {
    Path path = directory.resolve("damaged.safetensors");
    writer.write(path);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      QuantState.read(file, "w");
    }
  }

  private static void bytes(SafetensorsWriter writer, String name, byte[] bytes) {
    writer.add(
        name,
        DType.U8,
        java.util.List.of((long) bytes.length),
        channel -> AtomicFile.writeFully(channel, ByteBuffer.wrap(bytes)));
  }
}
