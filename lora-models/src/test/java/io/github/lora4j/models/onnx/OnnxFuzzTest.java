package io.github.lora4j.models.onnx;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.lora4j.checkpoint.CheckpointException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A damaged file gives a {@link CheckpointException}, never anything else. */
class OnnxFuzzTest {

  static Stream<Arguments> models() {
    return Stream.of(Arguments.of((Object) OnnxModelBuilder.sample()));
  }

  @MethodSource("models")
  @FuzzTest
  void anyBytes(byte[] content) {
    readAll(content);
  }

  @Test
  void mutatedModels() {
    byte[] sample = OnnxModelBuilder.sample();
    Random random = new Random(42);
    int refused = 0;
    int rounds = 20_000;
    for (int i = 0; i < rounds; i++) {
      refused += readAll(mutate(sample, random)) ? 0 : 1;
    }
    // Both outcomes occur, or the loop would test nothing.
    assertTrue(refused > rounds / 10 && refused < rounds, refused + " of " + rounds);
  }

  private static byte[] mutate(byte[] sample, Random random) {
    byte[] content = sample.clone();
    for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
      int at = random.nextInt(content.length);
      switch (random.nextInt(5)) {
        case 0 -> content[at] = (byte) random.nextInt();
        case 1 -> content[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> content[at] = (byte) 0xff;
        case 3 -> content = Arrays.copyOf(content, Math.max(1, at));
        default -> {
          int from = random.nextInt(content.length);
          int length = Math.min(random.nextInt(16), content.length - Math.max(at, from));
          System.arraycopy(sample, from, content, at, Math.max(0, length));
        }
      }
    }
    return content;
  }

  /** Reads everything of a file; whether it could be read. */
  private static boolean readAll(byte[] content) {
    try (OnnxFile file = OnnxFile.of("m.onnx", ByteBuffer.wrap(content))) {
      for (String name : file.names()) {
        assertTrue(file.bytes(name).remaining() == file.info(name).byteLength());
        if (file.info(name).dtype().isReadableAsFloat32()) {
          assertTrue(file.readFloat32(name).length == file.info(name).elementCount());
        }
      }
      return true;
    } catch (CheckpointException e) {
      assertTrue(e.getMessage().startsWith("m.onnx: "), e.getMessage());
      assertTrue(e.getMessage().lines().count() == 1, e.getMessage());
      return false;
    }
  }
}
