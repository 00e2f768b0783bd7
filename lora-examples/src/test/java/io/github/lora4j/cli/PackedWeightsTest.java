package io.github.lora4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lora4j.models.causal.DecoderSource;
import io.github.lora4j.models.weights.WeightFormat;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Weights of a GGUF file are packed for many answers, and others only if that is asked for. */
class PackedWeightsTest {
  private static final Path FILE =
      Path.of("../lora-models/src/test/resources/golden/gguf/llama.gguf");

  private final CommonOptions common = new CommonOptions();

  @TempDir private Path folder;

  private static QuantizeOptions options(String... args) {
    return CommandLine.populateCommand(new QuantizeOptions(), args);
  }

  @Test
  void aFileIsPackedForManyAnswers() throws Exception {
    DecoderSource file = DecoderSource.of(FILE);
    assertEquals(WeightFormat.PACKED, options().longWorkFormat(common, file));
    assertEquals(WeightFormat.STORED, options().decoderFormat(common));
    assertEquals(WeightFormat.PACKED, options("--dtype", "packed").decoderFormat(common));
    WeightFormat asked = options("--dtype", "auto").longWorkFormat(common, file);
    assertEquals(WeightFormat.STORED, asked);
    WeightFormat quantized = options("--quantize", "nf4").longWorkFormat(common, file);
    assertEquals("nf4/64/double", quantized.id());
  }

  @Test
  void aDirectoryStays() throws Exception {
    WeightFormat format = options().longWorkFormat(common, DecoderSource.of(folder));
    assertEquals(WeightFormat.STORED, format);
  }
}
