package io.github.lora4j.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.SafetensorsWriter;
import io.github.lora4j.lora.LoraConfigJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is wrong with an adapter, a registry says so and serves the others as before. */
class BadAdapterTest {
  private static final String A = "base_model.model.%s.lora_A.weight";
  private static final String B = "base_model.model.%s.lora_B.weight";
  private static final ModuleShape SHAPE = new ModuleShape(6, 8);
  private static final BaseCheck BASE =
      new BaseCheck("base", null, Map.of(TestAdapters.QUERY_0, SHAPE, TestAdapters.QUERY_1, SHAPE));

  @TempDir Path folder;
  private final AdapterRegistry<LoraAdapter> registry =
      new AdapterRegistry<>(
          adapter -> {
            BASE.check(adapter);
            return adapter;
          },
          Long.MAX_VALUE,
          new PeftReader(BASE));
  private BoundAdapter<LoraAdapter> good;
  private Path weights;

  @BeforeEach
  void serveOne() throws IOException {
    good = registry.register(TestAdapters.filled("good", 1));
    LoraConfigJson.write(TestAdapters.config().build(), folder.resolve(LoraConfigJson.FILE_NAME));
    weights = folder.resolve(PeftAdapterFiles.WEIGHTS_FILE_NAME);
  }

  @AfterEach
  void theServiceGoesOn() {
    assertEquals(List.of("good"), registry.names());
    assertSame(good, registry.get("good"));
  }

  private static Map<String, List<Long>> pair(String module) {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    shapes.put(String.format(A, module), List.of(2L, 8L));
    shapes.put(String.format(B, module), List.of(6L, 2L));
    return shapes;
  }

  private void write(Map<String, List<Long>> shapes, float value) {
    SafetensorsWriter writer = new SafetensorsWriter();
    shapes.forEach(
        (name, shape) -> {
          float[] values = new float[Math.toIntExact(shape.get(0) * shape.get(1))];
          Arrays.fill(values, value);
          writer.addFloat32(name, shape, values);
        });
    writer.write(weights);
  }

  /** The message of loading it under a new name and in the place of the good one. */
  private String refused(Class<? extends RuntimeException> type) {
    String message = assertThrows(type, () -> registry.load("bad", folder)).getMessage();
    assertEquals(1, message.lines().count(), message);
    String replaced = assertThrows(type, () -> registry.replace("good", folder)).getMessage();
    assertEquals(message.replace("'bad'", "'good'"), replaced);
    return message;
  }

  private static void assertContains(String message, Object... parts) {
    for (Object part : parts) {
      assertTrue(message.contains(part.toString()), () -> "no '" + part + "' in " + message);
    }
  }

  @Test
  void ofAnotherModel() {
    write(pair("encoder.layer.7.attention.self.query"), 1);
    assertContains(
        refused(IllegalArgumentException.class),
        "adapter 'bad'",
        "no linear module 'encoder.layer.7.attention.self.query'",
        "nearest: ");
    Map<String, List<Long>> wide = pair(TestAdapters.QUERY_0);
    wide.put(String.format(A, TestAdapters.QUERY_0), List.of(2L, 9L));
    write(wide, 1);
    assertContains(
        refused(IllegalArgumentException.class),
        "'" + TestAdapters.QUERY_0 + "': made for a weight of 6 x 9, the base model has 6 x 8");
  }

  @Test
  void ofTheWrongRank() {
    Map<String, List<Long>> other = pair(TestAdapters.QUERY_0);
    other.put(String.format(A, TestAdapters.QUERY_0), List.of(3L, 8L));
    other.put(String.format(B, TestAdapters.QUERY_0), List.of(6L, 3L));
    write(other, 1);
    assertContains(
        refused(CheckpointException.class),
        weights,
        String.format(A, TestAdapters.QUERY_0),
        "A is [3, 8] and B [6, 3], but the configuration says rank 2");
  }

  @Test
  void withAMissingHalf() {
    String a = String.format(A, TestAdapters.QUERY_0);
    String b = String.format(B, TestAdapters.QUERY_0);
    Map<String, List<Long>> half = pair(TestAdapters.QUERY_0);
    half.remove(b);
    write(half, 1);
    assertContains(
        refused(CheckpointException.class), weights, a, "the other half '" + b + "' is missing");
    half = pair(TestAdapters.QUERY_0);
    half.remove(a);
    write(half, 1);
    assertContains(
        refused(CheckpointException.class), weights, b, "the other half '" + a + "' is missing");
  }

  @Test
  void withNumbersThatAreNotFinite() {
    for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      write(pair(TestAdapters.QUERY_0), value);
      assertContains(
          refused(CheckpointException.class),
          weights,
          String.format(A, TestAdapters.QUERY_0),
          "value " + value + " at index 0 is not finite");
    }
  }

  /** A sparse file: the header says what it says, and there is nothing behind it. */
  private void writeHuge(Map<String, List<Long>> shapes) throws IOException {
    StringBuilder header = new StringBuilder("{");
    long at = 0;
    for (Map.Entry<String, List<Long>> tensor : shapes.entrySet()) {
      long bytes = 4 * tensor.getValue().get(0) * tensor.getValue().get(1);
      header
          .append(header.length() == 1 ? "\"" : ",\"")
          .append(tensor.getKey())
          .append("\":{\"dtype\":\"F32\",\"shape\":")
          .append(tensor.getValue())
          .append(",\"data_offsets\":[")
          .append(at)
          .append(',')
          .append(at + bytes)
          .append("]}");
      at += bytes;
    }
    byte[] json = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer start = ByteBuffer.allocate(8 + json.length).order(ByteOrder.LITTLE_ENDIAN);
    start.putLong(json.length).put(json).flip();
    Files.deleteIfExists(weights);
    try (SeekableByteChannel channel =
        Files.newByteChannel(
            weights,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE,
            StandardOpenOption.SPARSE)) {
      long size = start.remaining() + at;
      channel.write(start);
      channel.position(size - 1);
      channel.write(ByteBuffer.allocate(1));
    }
  }

  private static final long TEN_GIGABYTES = 10L << 30;

  @Test
  void ofTenGigabytesForAnotherBase() throws IOException {
    Map<String, List<Long>> shapes = pair(TestAdapters.QUERY_0);
    shapes.put(String.format(A, TestAdapters.QUERY_0), List.of(2L, TEN_GIGABYTES / 8));
    writeHuge(shapes);
    assertTrue(Files.size(weights) > TEN_GIGABYTES);
    assertContains(
        refused(IllegalArgumentException.class),
        "'"
            + TestAdapters.QUERY_0
            + "': made for a weight of 6 x 1342177280, the base model has 6 x 8");
  }

  @Test
  void ofTenGigabytesBesideWhatFits() throws IOException {
    Map<String, List<Long>> shapes = pair(TestAdapters.QUERY_0);
    shapes.put("base_model.model.classifier.weight", List.of(10L, TEN_GIGABYTES / 40));
    writeHuge(shapes);
    AdapterRegistry<LoraAdapter> small = new AdapterRegistry<>(adapter -> adapter, 100 << 20);
    small.register(TestAdapters.filled("good", 1));
    var e = assertThrows(IllegalStateException.class, () -> small.load("bad", folder));
    assertContains(
        e.getMessage(),
        "adapter 'bad' takes 107374",
        "over the budget of 104857600 bytes; " + weights + " was not read");
    assertEquals(List.of("good"), small.names());
  }

  @Test
  void ofMoreThanTheHeapMayHold() throws IOException {
    Map<String, List<Long>> shapes = pair(TestAdapters.QUERY_0);
    long heap = Runtime.getRuntime().maxMemory();
    for (long i = 0; i <= heap >> 32; i++) {
      shapes.put("base_model.model.classifier." + i, List.of(4L, 1L << 28));
    }
    writeHuge(shapes);
    assertContains(refused(IllegalStateException.class), "over the budget of " + heap + " bytes");
    var e = assertThrows(IllegalStateException.class, () -> PeftAdapterFiles.load("bad", folder));
    assertContains(e.getMessage(), weights);
  }

  @Test
  void ofANameThatIsTaken() {
    PeftAdapterFiles.save(TestAdapters.filled("x", 2), folder);
    var e = assertThrows(IllegalArgumentException.class, () -> registry.load("good", folder));
    assertEquals("adapter 'good' is loaded already; replace or unload it", e.getMessage());
    registry.activate("alias", "good");
    e = assertThrows(IllegalArgumentException.class, () -> registry.load("alias", folder));
    assertEquals("'alias' is an alias of adapter 'good', not an adapter", e.getMessage());
  }

  @Test
  void whatIsInUseIsUnloadedAndItsCallsGoOn() {
    registry.register(TestAdapters.filled("used", 3));
    BoundAdapter<LoraAdapter> call = registry.get("used");
    registry.activate("alias", "used");
    var e = assertThrows(IllegalStateException.class, () -> registry.unload("used"));
    assertEquals(
        "adapter 'used' is in use: [alias] lead to it; activate others first", e.getMessage());
    registry.removeAlias("alias");
    registry.unload("used");
    assertEquals(TestAdapters.filled("used", 3), call.form());
  }
}
