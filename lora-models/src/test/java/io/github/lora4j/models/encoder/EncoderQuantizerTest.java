package io.github.lora4j.models.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.SafetensorsFile;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.models.weights.CheckpointQuantizer;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.quant.QuantConfig;
import io.github.lora4j.quant.Quantizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** 4-bit checkpoints: those of transformers, and that what is written is what was read. */
class EncoderQuantizerTest {
  private static final Quantizer NF4 = new Quantizer(QuantConfig.NF4);
  private static Compute compute;
  @TempDir Path folder;

  @BeforeAll
  static void open() {
    compute = Compute.withThreads(2);
  }

  @AfterAll
  static void close() {
    compute.close();
  }

  private CheckpointQuantizer.Report write(Path model, Path out) {
    return EncoderQuantizer.write(compute.pool(), model.toString(), NF4, out);
  }

  /** Every tensor that transformers saved of the same model. */
  @Test
  void writesWhatTransformersSaves() throws Exception {
    Path golden = Path.of(EncoderQuantizerTest.class.getResource("/golden/bert-nf4").toURI());
    Path model = TinyModel.write(folder.resolve("tiny"));
    Path out = folder.resolve("nf4");
    CheckpointQuantizer.Report report = write(model, out);
    assertEquals(13, report.quantized());
    try (SafetensorsFile expected = SafetensorsFile.open(golden.resolve("model.safetensors"));
        SafetensorsFile actual = SafetensorsFile.open(out.resolve("model.safetensors"))) {
      for (String name : expected.names()) {
        assertEquals(expected.info(name).dtype(), actual.info(name).dtype(), name);
        if (name.endsWith("nested_absmax")) {
          // The mean that was subtracted may differ in its last bits, as on the peer's own CPUs.
          assertArrayEquals(expected.readFloat32(name), actual.readFloat32(name), 1e-7f, name);
        } else if (!name.contains("quant_state")) {
          assertEquals(expected.info(name).shape(), actual.info(name).shape(), name);
          assertEquals(expected.bytes(name), actual.bytes(name), name);
        }
      }
    }
    assertEquals(config(golden), config(out));
  }

  private static JsonNode config(Path directory) throws IOException {
    return new ObjectMapper()
        .readTree(directory.resolve("config.json").toFile())
        .get("quantization_config");
  }

  /** Loading in 4 bits and loading what was written in 4 bits is the same to the last bit. */
  @Test
  void theSameModelComesBack() throws IOException {
    Path model = TinyModel.write(folder.resolve("tiny"));
    Path out = folder.resolve("nf4");
    write(model, out);
    List<String> texts = List.of("a small text", "another one that is longer");
    float[][] onTheFly;
    try (TextEncoder encoder =
        TextEncoder.open(compute, model.toString(), 16, WeightFormat.quantized(QuantConfig.NF4))) {
      onTheFly = encoder.embed(texts, ActiveAdapter.NONE);
    }
    try (TextEncoder encoder = TextEncoder.open(compute, out.toString(), 16)) {
      float[][] written = encoder.embed(texts, ActiveAdapter.NONE);
      for (int i = 0; i < texts.size(); i++) {
        assertArrayEquals(onTheFly[i], written[i], 0f);
      }
    }
  }

  @Test
  void aQuantizedModelIsNotQuantizedAgain() throws IOException {
    Path out = folder.resolve("nf4");
    write(TinyModel.write(folder.resolve("tiny")), out);
    CheckpointException e =
        assertThrows(CheckpointException.class, () -> write(out, folder.resolve("again")));
    assertTrue(e.getMessage().contains("quantized already"), e.getMessage());
    assertFalse(Files.exists(folder.resolve("again/model.safetensors")));
  }
}
