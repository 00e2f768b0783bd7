package io.github.lora4j.models.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.autograd.Tape;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.tensor.Ragged;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextEncoderDirectoryTest {
  private final Compute compute = Compute.withThreads(2);

  @TempDir Path parent;
  private Path directory;

  @BeforeEach
  void write() throws IOException {
    directory = TinyModel.write(parent.resolve("tiny"));
  }

  @AfterEach
  void close() {
    compute.close();
  }

  private TextEncoder open() {
    return TextEncoder.open(compute, directory.toString(), 16);
  }

  @Test
  void opensWhatTransformersSaved() {
    try (TextEncoder encoder = open()) {
      assertEquals(directory.toString(), encoder.name());
      List<int[]> ids = List.of(new int[] {2, 7, 8, 9, 6, 4, 3}, new int[] {2, 1, 3});
      assertArrayEquals(ids.get(0), encoder.tokenizer().encode("The film was VERY good"));
      assertArrayEquals(ids.get(1), encoder.tokenizer().encode("unseen"));
      assertEquals(16, encoder.tokenizer().encode("good ".repeat(40)).length);

      float[][] embeddings =
          encoder.embed(List.of("The film was VERY good", "unseen"), ActiveAdapter.NONE);
      assertEquals(2, embeddings.length);
      Ragged batch = Ragged.of(ids);
      try (Tape tape = Tape.inference(compute)) {
        float[] hidden =
            encoder.encoder().forward(tape, ids, batch, ActiveAdapter.NONE).value().toArray();
        assertArrayEquals(mean(hidden, 0, 7), embeddings[0], 1e-5f);
        assertArrayEquals(mean(hidden, 7, 10), embeddings[1], 1e-5f);
      }
    }
  }

  private static float[] mean(float[] hidden, int from, int to) {
    float[] mean = new float[32];
    for (int row = from; row < to; row++) {
      for (int i = 0; i < 32; i++) {
        mean[i] += hidden[row * 32 + i] / (to - from);
      }
    }
    return mean;
  }

  @Test
  void theFingerprintIsThatOfTheWeights() throws IOException {
    String print;
    try (TextEncoder encoder = open()) {
      print = encoder.fingerprint();
    }
    Path copy = TinyModel.write(parent.resolve("copy"));
    try (TextEncoder encoder = TextEncoder.open(compute, copy.toString(), 8)) {
      assertEquals(print, encoder.fingerprint());
    }
    byte[] weights = Files.readAllBytes(copy.resolve("model.safetensors"));
    // The lowest bit of the first value of the first tensor, behind the header and its length.
    weights[8 + ByteBuffer.wrap(weights).order(ByteOrder.LITTLE_ENDIAN).getInt()] ^= 1;
    Files.write(copy.resolve("model.safetensors"), weights);
    try (TextEncoder encoder = TextEncoder.open(compute, copy.toString(), 8)) {
      assertNotEquals(print, encoder.fingerprint());
    }
  }

  @Test
  void refusesWhatIsNoModel() {
    assertRefused(
        "no model 'no-such-model': it is neither minilm nor a directory", "no-such-model", 16);
    String tiny = directory.toString();
    assertRefused("max length 65 is more than the 64 positions of " + tiny, tiny, 65);
    assertRefused("max length 2 leaves no room beside 2 special tokens", tiny, 2);
  }

  private void assertRefused(String message, String model, int maxLength) {
    assertEquals(
        message,
        assertThrows(
                IllegalArgumentException.class, () -> TextEncoder.open(compute, model, maxLength))
            .getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"config.json", "tokenizer.json", "model.safetensors"})
  void aMissingFileIsNamed(String file) throws IOException {
    Files.delete(directory.resolve(file));
    assertTrue(message().contains(file), message());
  }

  @ParameterizedTest
  @ValueSource(strings = {"config.json", "tokenizer.json", "model.safetensors"})
  void aDamagedFileIsNamed(String file) throws IOException {
    Path damaged = directory.resolve(file);
    byte[] content = Files.readAllBytes(damaged);
    for (int length : new int[] {0, content.length / 3, content.length - 3}) {
      Files.write(damaged, Arrays.copyOf(content, length));
      assertTrue(message().startsWith(damaged + ": "), message());
    }
  }

  @Test
  void sizesThatDoNotFitTheWeightsAreRefused() throws IOException {
    Path config = directory.resolve("config.json");
    Files.writeString(
        config, Files.readString(config).replace("\"vocab_size\": 100", "\"vocab_size\": 99"));
    assertEquals(
        directory.resolve("model.safetensors")
            + ": tensor 'embeddings.word_embeddings.weight': has shape [100, 32], config.json says"
            + " [99, 32]",
        message());
  }

  @Test
  void anIdBeyondTheVocabularyIsRefused() throws IOException {
    Stream<String> words = IntStream.range(4, 105).mapToObj(i -> "w" + i);
    TinyModel.writeTokenizer(
        directory, Stream.concat(Stream.of("[PAD]", "[UNK]", "[CLS]", "[SEP]"), words).toList());
    try (TextEncoder encoder = open()) {
      assertEquals(1, encoder.embed(List.of("w99"), ActiveAdapter.NONE).length);
      assertEquals(
          "index 100 outside a table of 100 rows",
          assertThrows(
                  IllegalArgumentException.class,
                  () -> encoder.embed(List.of("w100"), ActiveAdapter.NONE))
              .getMessage());
    }
  }

  private String message() {
    return assertThrows(CheckpointException.class, this::open).getMessage();
  }
}
