package io.github.lora4j.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriterTest {

  @TempDir Path folder;

  @Test
  void failureLeavesTheOldFileAndNothingElse() throws IOException {
    Path file = folder.resolve("model.safetensors");
    new SafetensorsWriter().addFloat32("a", List.of(2L), new float[] {1, 2}).write(file);
    byte[] before = Files.readAllBytes(file);
    SafetensorsWriter failing =
        new SafetensorsWriter()
            .addFloat32("a", List.of(2L), new float[] {3, 4})
            .add(
                "b",
                DType.U8,
                List.of(8L),
                channel -> {
                  channel.write(ByteBuffer.allocate(3));
                  throw new IOException("No space left on device");
                });
    var e = assertThrows(CheckpointException.class, () -> failing.write(file));
    assertTrue(e.getMessage().contains("No space left"), e.getMessage());
    assertArrayEquals(before, Files.readAllBytes(file));
    assertEquals(List.of("model.safetensors"), List.of(folder.toFile().list()));
  }

  @Test
  void refusesWhatWouldNotBeAValidFile() {
    SafetensorsWriter writer = new SafetensorsWriter();
    writer.addFloat32("a", List.of(2L), new float[2]);
    assertThrows(
        IllegalArgumentException.class, () -> writer.addFloat32("a", List.of(2L), new float[2]));
    assertThrows(
        IllegalArgumentException.class, () -> writer.addFloat32("b", List.of(3L), new float[2]));
    assertThrows(
        IllegalArgumentException.class, () -> writer.addFloat32("c", List.of(-1L), new float[2]));
    assertThrows(
        IllegalArgumentException.class,
        () -> writer.addFloat32("__metadata__", List.of(2L), new float[2]));
    assertThrows(
        IllegalArgumentException.class,
        () -> writer.addFloat32("\ud800", List.of(2L), new float[2]));
    writer.add("d", DType.U8, List.of(4L), channel -> channel.write(ByteBuffer.allocate(3)));
    var e =
        assertThrows(
            CheckpointException.class, () -> writer.write(folder.resolve("x.safetensors")));
    assertTrue(e.getMessage().contains("'d' wrote 3 bytes, not 4"), e.getMessage());
  }

  @Property(tries = 300)
  void whatIsWrittenIsRead(@ForAll("names") String name, @ForAll float[] values)
      throws IOException {
    Path file = Files.createTempFile("property", ".safetensors");
    try {
      long n = values.length;
      new SafetensorsWriter()
          .addFloat32(name, List.of(1L, n), values)
          .metadata(name, name)
          .write(file);
      try (SafetensorsFile read = SafetensorsFile.open(file)) {
        assertEquals(List.of(name), List.copyOf(read.names()));
        assertEquals(name, read.metadata().get(name));
        assertArrayEquals(values, read.readFloat32(name));
      }
    } finally {
      Files.delete(file);
    }
  }

  @Provide
  Arbitrary<String> names() {
    return Arbitraries.strings()
        .ofMaxLength(20)
        .filter(s -> StandardCharsets.UTF_8.newEncoder().canEncode(s));
  }

  @Test
  @DisabledOnOs(OS.WINDOWS) // The file is sparse: there it would take its whole size on disk.
  void readsBeyondTwoGibibytes() throws IOException {
    long big = 3L << 30;
    String json =
        "{\"big\":{\"dtype\":\"U8\",\"shape\":["
            + big
            + "],\"data_offsets\":[0,"
            + big
            + "]},"
            + "\"last\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":["
            + big
            + ","
            + (big + 8)
            + "]}}";
    Path file = folder.resolve("big.safetensors");
    byte[] head = HeaderCases.file(json, 0);
    Files.write(file, head);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      // 1.0f and 2.0f at the end.
      channel.write(
          ByteBuffer.wrap(new byte[] {0, 0, (byte) 0x80, 0x3f, 0, 0, 0, 0x40}), head.length + big);
    }
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      assertArrayEquals(new float[] {1, 2}, tensors.readFloat32("last"));
      assertEquals(2f, tensors.bytes("last").getFloat(4));
      assertEquals(10, tensors.bytes("big", big - 10, 10).remaining());
      assertThrows(CheckpointException.class, () -> tensors.bytes("big"));
    }
  }

  /** In the file wider types come first. */
  @Test
  void tensorsAreProducedInTheOrderInWhichTheyWereAdded() {
    Path file = folder.resolve("model.safetensors");
    float[] sum = new float[1];
    new SafetensorsWriter()
        .add(
            "z",
            DType.U8,
            List.of(3L),
            channel -> {
              sum[0] = 6;
              channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
            })
        .addFloat32("sum", List.of(1L), () -> sum)
        .write(file);
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      assertEquals(List.of("sum", "z"), List.copyOf(tensors.names()));
      assertArrayEquals(new float[] {6}, tensors.readFloat32("sum"));
      assertEquals(ByteBuffer.wrap(new byte[] {1, 2, 3}), tensors.bytes("z"));
    }
  }

  @Test
  void closedFileIsAnError() {
    Path file = folder.resolve("model.safetensors");
    new SafetensorsWriter().addFloat32("a", List.of(1L), new float[] {1}).write(file);
    SafetensorsFile tensors = SafetensorsFile.open(file);
    ByteBuffer bytes = tensors.bytes("a");
    tensors.close();
    tensors.close();
    assertEquals(1f, bytes.getFloat(0));
    var e = assertThrows(CheckpointException.class, () -> tensors.readFloat32("a"));
    assertTrue(e.getMessage().contains("closed"), e.getMessage());
    assertThrows(CheckpointException.class, () -> tensors.bytes("a"));
  }

  @Test
  void nonFiniteWeightIsNamed() {
    Path file = folder.resolve("model.safetensors");
    float[] values = {1, 2, Float.NaN, Float.POSITIVE_INFINITY};
    new SafetensorsWriter().addFloat32("w", List.of(4L), values).write(file);
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      assertArrayEquals(values, tensors.readFloat32("w"));
      var e = assertThrows(CheckpointException.class, () -> tensors.readFinite("w"));
      assertTrue(e.getMessage().contains("'w': value NaN at index 2"), e.getMessage());
    }
  }
}
