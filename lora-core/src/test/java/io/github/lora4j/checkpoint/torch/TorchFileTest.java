package io.github.lora4j.checkpoint.torch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.SafetensorsFile;
import io.github.lora4j.checkpoint.TensorInfo;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against PyTorch itself, see scripts/fixtures/torch_files.py. */
class TorchFileTest {
  static final Path GOLDEN = Path.of("src/test/resources/golden/torch");

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"plain", "dora", "pooler_saved"})
  void anAdapterIsThatOfTheSafetensors(String name) throws IOException {
    LoraAdapter old = PeftAdapterFiles.load("a", GOLDEN.resolve(name));
    Path safetensors = Path.of("src/test/resources/golden/peft").resolve(name);
    LoraAdapter expected = PeftAdapterFiles.load("a", safetensors);
    assertEquals(expected.weights(), old.weights());
    assertEquals(expected.savedTensors(), old.savedTensors());
    assertEquals(expected, old);
    // If there are both, the safetensors count.
    for (Path file : new Path[] {safetensors, GOLDEN.resolve(name)}) {
      for (String part : file.toFile().list()) {
        Files.copy(
            file.resolve(part),
            folder.resolve(part.equals("adapter_model.bin") ? "x" : part),
            java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      }
    }
    Files.writeString(folder.resolve("adapter_model.bin"), "damaged");
    assertEquals(expected, PeftAdapterFiles.load("a", folder));
  }

  @ParameterizedTest
  @ValueSource(strings = {"views.bin", "views_4.bin"})
  void viewsAndTypes(String file) {
    try (TorchFile torch = TorchFile.open(GOLDEN.resolve(file));
        SafetensorsFile expected = SafetensorsFile.open(GOLDEN.resolve("views.safetensors"))) {
      assertEquals(expected.names(), new java.util.HashSet<>(torch.names()));
      for (String name : expected.names()) {
        TensorInfo info = torch.info(name);
        assertEquals(expected.info(name).shape(), info.shape(), name);
        assertEquals(expected.info(name).dtype(), info.dtype(), name);
        assertEquals(expected.bytes(name), torch.bytes(name), name);
        if (info.byteLength() > 3) {
          int half = (int) info.byteLength() / 2;
          assertEquals(expected.bytes(name, 3, half - 2), torch.bytes(name, 3, half - 2), name);
        }
        ByteBuffer copy = ByteBuffer.allocate((int) info.byteLength());
        torch.read(name, 0, copy);
        assertEquals(expected.bytes(name), copy.flip(), name);
        if (info.dtype().isReadableAsFloat32()) {
          assertArrayEquals(expected.readFloat32(name), torch.readFloat32(name), name);
        } else {
          assertThrows(CheckpointException.class, () -> torch.readFloat32(name), name);
        }
      }
      assertThrows(IndexOutOfBoundsException.class, () -> torch.bytes("whole", 0, 6 * 10 * 4 + 1));
      assertTrue(
          assertThrows(CheckpointException.class, () -> torch.info("whol"))
              .getMessage()
              .contains("whole"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "command.bin, asks for 'posix.system'",
    "function.bin, asks for 'torch.nn.functional.relu'",
    "nested.bin, tensor 'state_dict': is a dict",
    "text.bin, tensor 'b': is a string",
    "negated.bin, not made of a storage alone",
    "compressed.bin, is compressed",
    "big.bin, is not little-endian",
    "plain/adapter_config.json, no zip archive",
    "none.bin, does not exist",
  })
  void refused(String file, String why) {
    var e = assertThrows(CheckpointException.class, () -> TorchFile.open(GOLDEN.resolve(file)));
    assertTrue(e.getMessage().contains(why), e.getMessage());
    assertTrue(e.getMessage().contains(file), e.getMessage());
    assertFalse(Files.exists(Path.of("lora4j-was-here")));
  }

  @Test
  void theFormatBeforeZip() throws IOException {
    Path file = folder.resolve("legacy.bin");
    Files.write(file, new byte[] {(byte) 0x80, 2, (byte) 0x8a, 10, 0x6c, (byte) 0xfc});
    var e = assertThrows(CheckpointException.class, () -> TorchFile.open(file));
    assertTrue(e.getMessage().contains("save it as safetensors"), e.getMessage());
  }

  @Test
  void closedFiles() {
    TorchFile file = TorchFile.open(GOLDEN.resolve("small.bin"));
    assertArrayEquals(new float[] {0, 1, 2, 3}, file.readFloat32("a"));
    file.close();
    file.close();
    var e = assertThrows(CheckpointException.class, () -> file.readFloat32("a"));
    assertTrue(e.getMessage().contains("closed"), e.getMessage());
  }

  /** {'a': a view of a storage of 4 floats}. */
  private Path view(long elements, int first, int[] shape, int[] strides) throws IOException {
    return TorchArchive.write(
        folder.resolve("view.bin"),
        new Pickle()
            .op('}')
            .text("a")
            .tensor("0", elements, first, shape, strides)
            .op('s')
            .op('.')
            .bytes(),
        new byte[16]);
  }

  @Test
  void viewsBeyondTheStorage() throws IOException {
    assertEquals(4, TorchFile.open(view(4, 0, ints(2, 2), ints(2, 1))).info("a").elementCount());
    assertEquals(0, TorchFile.open(view(4, 4, ints(0, 9), ints(9, 1))).readFloat32("a").length);
    refused(view(4, 1, ints(2, 2), ints(2, 1)), "not within a storage of 4");
    refused(view(4, 0, ints(2, 2), ints(3, 1)), "not within");
    refused(view(4, -1, ints(2), ints(1)), "not within");
    refused(view(4, 0, ints(-2), ints(1)), "has strides");
    refused(view(4, 3, ints(2), ints(-1)), "has strides");
    refused(view(4, 0, ints(2), ints(1, 1)), "has strides");
    refused(view(4, 5, ints(0), ints(1)), "not within");
    // A storage that is as large as the whole memory, and a tensor that repeats one number.
    int most = Integer.MAX_VALUE;
    refused(view(4, 0, ints(most, most, most), ints(0, 0, 0)), "too large");
    refused(view(4, 0, ints(5), ints(0)), "not within");
    refused(view(5, 0, ints(2), ints(1)), "has 16 bytes, not 5 elements of F32");
    refused(view(3, 0, ints(2), ints(1)), "has 16 bytes, not 3 elements");
    refused(view(most, 0, ints(2), ints(1)), "not 2147483647 elements");
  }

  private static int[] ints(int... values) {
    return values;
  }

  private static void refused(Path file, String why) {
    var e = assertThrows(CheckpointException.class, () -> TorchFile.open(file));
    assertTrue(e.getMessage().contains(why), e.getMessage());
  }

  @Test
  void manyNamesForTheSameNumbers() throws IOException {
    Pickle pickle = new Pickle().op('}');
    for (int i = 0; i < 2000; i++) {
      pickle.text("t" + i).tensor("0", 100_000, 0, ints(100_000), ints(1)).op('s');
    }
    Path file =
        TorchArchive.write(folder.resolve("b.bin"), pickle.op('.').bytes(), new byte[400_000]);
    refused(file, "share numbers");
  }

  @Test
  void picklesThatAreNoData() throws IOException {
    pickle(new Pickle(), "its end where 1 more bytes");
    pickle(new Pickle().op('.'), "nothing on its stack");
    pickle(new Pickle().op('('), "its end");
    pickle(new Pickle().op('(').op('.'), "nothing on its stack");
    pickle(new Pickle().op('t'), "no mark");
    pickle(new Pickle().op(0x80).op(1), "protocol 1");
    pickle(new Pickle().op('}').op('i'), "operation 0x69");
    pickle(new Pickle().op('}').op('}').op('}').op('s').op('.'), "a key that is a dict");
    pickle(new Pickle().op('h').op(7), "a reference to 7");
    pickle(new Pickle().op('X').op(-1).op(-1).op(-1).op(-1), "a length of 4294967295");
    pickle(new Pickle().op('X').op(9).op(0).op(0).op(0), "9 more bytes");
    pickle(new Pickle().op('X').op(1).op(0).op(0).op(0).op(0xff), "not UTF-8");
    pickle(new Pickle().op(0x8a).op(9), "an integer of 9 bytes");
    pickle(new Pickle().op('N').op('.'), "no tensors by name but None");
    pickle(new Pickle().op('}').op('K').op(1).op('N').op('s').op('.'), "a key is a number");
    pickle(new Pickle().global("builtins", "eval").op('.'), "'builtins.eval'");
    pickle(new Pickle().text("os").text("system").op(0x93), "'os.system'");
    pickle(new Pickle().text("x").text("y").op('Q'), "no storage");
    pickle(new Pickle().text("x").op(')').op('R'), "a call of a string");
    pickle(new Pickle().global("torch", "FloatStorage").op(')').op('R'), "a call of");
    // A dict that holds itself.
    pickle(
        new Pickle().op('}').op('q').op(0).text("a").op('h').op(0).op('s').op('.'),
        "'a': is a dict");
  }

  private void pickle(Pickle pickle, String why) throws IOException {
    refused(TorchArchive.write(folder.resolve("p.bin"), pickle.bytes(), new byte[16]), why);
  }

  /** Writes operations of a pickle. */
  static final class Pickle {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Pickle op(int operation) {
      out.write(operation);
      return this;
    }

    Pickle number(long value) {
      op(0x8a).op(8);
      for (int i = 0; i < 8; i++) {
        op((int) (value >> (8 * i)));
      }
      return this;
    }

    Pickle text(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      op('X').op(bytes.length).op(bytes.length >> 8).op(0).op(0);
      out.writeBytes(bytes);
      return this;
    }

    Pickle global(String module, String name) {
      op('c');
      out.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
      return this;
    }

    Pickle tensor(String key, long elements, int first, int[] shape, int[] strides) {
      global("torch._utils", "_rebuild_tensor_v2").op('(');
      op('(').text("storage").global("torch", "FloatStorage").text(key).text("cpu");
      number(elements).op('t').op('Q').number(first).numbers(shape).numbers(strides);
      return op(0x89).op('}').op('t').op('R');
    }

    private Pickle numbers(int[] values) {
      op('(');
      for (int value : values) {
        number(value);
      }
      return op('t');
    }

    byte[] bytes() {
      return out.toByteArray();
    }
  }
}
