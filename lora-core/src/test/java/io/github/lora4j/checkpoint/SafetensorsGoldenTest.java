package io.github.lora4j.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.lora4j.tensor.HalfType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against files of the official library. */
class SafetensorsGoldenTest {

  @TempDir Path folder;

  @Test
  void writesTheBytesOfTheOfficialLibrary() throws IOException {
    for (String name :
        List.of(
            "types.safetensors",
            "empty.safetensors",
            "floats.safetensors",
            "seqcls/adapter_model.safetensors")) {
      Path golden = GoldenFiles.path(name);
      Path copy = folder.resolve("copy.safetensors");
      try (SafetensorsFile file = SafetensorsFile.open(golden)) {
        SafetensorsWriter writer = new SafetensorsWriter();
        file.metadata().forEach(writer::metadata);
        List<String> names = new ArrayList<>(file.names());
        Collections.shuffle(names, new Random(1));
        for (String tensor : names) {
          TensorInfo info = file.info(tensor);
          writer.add(
              tensor,
              info.dtype(),
              info.shape(),
              channel -> AtomicFile.writeFully(channel, file.bytes(tensor)));
        }
        writer.write(copy);
      }
      assertArrayEquals(Files.readAllBytes(golden), Files.readAllBytes(copy), name);
    }
  }

  @Test
  void convertsAsPyTorchDoes() {
    try (SafetensorsFile file = SafetensorsFile.open(GoldenFiles.path("floats.safetensors"))) {
      for (String type : List.of("f16", "bf16", "f64")) {
        float[] expected = file.readFloat32(type + ".f32");
        float[] actual = file.readFloat32(type);
        assertEquals(expected.length, actual.length);
        for (int i = 0; i < expected.length; i++) {
          // compare: NaN equals NaN, and zeros differ by sign.
          assertEquals(0, Float.compare(expected[i], actual[i]), type + " at " + i);
        }
      }
    }
  }

  @Test
  void readsOnlyFloatingTypesAsFloat32() {
    try (SafetensorsFile file = SafetensorsFile.open(GoldenFiles.path("types.safetensors"))) {
      int read = 0;
      for (String name : file.names()) {
        DType dtype = file.info(name).dtype();
        if (dtype.isReadableAsFloat32()) {
          float[] values = file.readFinite(name);
          assertEquals(values.length, file.info(name).elementCount());
          read++;
        } else {
          var e = assertThrows(CheckpointException.class, () -> file.readFloat32(name));
          assertEquals(true, e.getMessage().contains(dtype.name()), e.getMessage());
        }
      }
      assertEquals(9, read);
      assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, file.readFloat32("bfloat16"));
      assertArrayEquals(new float[] {2.5f}, file.readFloat32("scalar"));
      assertEquals(0, file.readFloat32("empty").length);
      assertEquals(0, file.bytes("empty").remaining());
    }
  }

  @Test
  void everyHalfIsExact() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      int exponent = (bits >> 10) & 31;
      int fraction = bits & 1023;
      double magnitude =
          exponent == 0
              ? fraction * 0x1p-24
              : exponent == 31
                  ? (fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN)
                  : Math.scalb(1 + fraction / 1024.0, exponent - 15);
      float expected = (float) ((bits & 0x8000) == 0 ? magnitude : -magnitude);
      float actual = HalfType.FLOAT16.widen((short) bits);
      assertEquals(0, Float.compare(expected, actual), Integer.toHexString(bits));
    }
  }
}
