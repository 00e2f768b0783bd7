package io.github.lora4j.models.causal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.checkpoint.SafetensorsDirectory;
import io.github.lora4j.checkpoint.SafetensorsFile;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.LoraInit;
import io.github.lora4j.models.merge.CheckpointMerger;
import io.github.lora4j.models.merge.PackedMerge;
import io.github.lora4j.quant.FourBitWeights;
import io.github.lora4j.quant.QuantState;
import io.github.lora4j.tensor.HalfType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints in 4 bits, against PEFT's merge: scripts/fixtures/merge_4bit.py. */
class PackedMergeTest {
  @TempDir Path out;

  private static Path golden(String name) throws Exception {
    return Path.of(PackedMergeTest.class.getResource("/golden/merge-4bit/" + name).toURI());
  }

  private CheckpointMerger.Report merge(Path base, PackedMerge form) {
    LoraAdapter adapter = PeftAdapterFiles.load("lora", base.resolve("lora"));
    try (Compute compute = Compute.withThreads(2)) {
      return new CheckpointMerger(compute).merge(base, adapter, out, form);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"nf4", "nf4-double", "fp4", "fp4-double"})
  void packedAgainAsPeftDoes(String name) throws Exception {
    Path base = golden(name);
    CheckpointMerger.Report report = merge(base, PackedMerge.PACKED);
    assertEquals(6, report.merged());
    try (NamedTensors before = SafetensorsDirectory.open(base);
        NamedTensors expected = SafetensorsFile.open(base.resolve("merged.safetensors"));
        NamedTensors actual = SafetensorsDirectory.open(out)) {
      assertEquals(before.names(), actual.names());
      Set<String> weights = QuantState.quantized(before.names());
      assertEquals(7, weights.size());
      for (String weight : weights) {
        FourBitWeights peft = QuantState.read(expected, weight);
        FourBitWeights ours = QuantState.read(actual, weight);
        assertEquals(QuantState.info(before, weight), QuantState.info(actual, weight));
        int different = 0;
        for (int i = 0; i < peft.packed().length; i++) {
          different += peft.packed()[i] == ours.packed()[i] ? 0 : 1;
        }
        // The order of sums may move a value over the border between two codes.
        assertTrue(different <= 1, weight + ": " + different + " bytes differ");
        for (int block = 0; block < peft.absmax().blocks(); block++) {
          float scale = peft.absmax().get(block);
          assertEquals(scale, ours.absmax().get(block), 2e-6f * Math.abs(scale), weight);
        }
      }
      String kept = "model.layers.0.self_attn.o_proj.weight";
      for (String part : before.names()) {
        if (part.startsWith(kept) || !part.contains("proj")) {
          assertEquals(
              before.bytes(part, 0, (int) before.info(part).byteLength()),
              actual.bytes(part, 0, (int) actual.info(part).byteLength()),
              part);
        }
      }
    }
    assertTrue(config().has("quantization_config"));
  }

  @Test
  void aStartThatWasTakenOutCannotBeFoundInFourBits() throws Exception {
    Path base = golden("nf4");
    LoraAdapter plain = PeftAdapterFiles.load("lora", base.resolve("lora"));
    LoraAdapter olora =
        new LoraAdapter(
            "o",
            plain.config().toBuilder().initLoraWeights(LoraInit.OLORA).build(),
            plain.weights(),
            plain.savedTensors(),
            plain.info());
    try (Compute compute = Compute.withThreads(1)) {
      CheckpointMerger merger = new CheckpointMerger(compute);
      for (PackedMerge form : PackedMerge.values()) {
        CheckpointException e =
            assertThrows(CheckpointException.class, () -> merger.merge(base, olora, out, form));
        assertTrue(e.getMessage().contains("init_lora_weights = olora"), e.getMessage());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"nf4", "fp4-double"})
  void decodedItHasTheSumsThatPeftPacks(String name) throws Exception {
    Path base = golden(name);
    assertEquals(6, merge(base, PackedMerge.FLOAT32).merged());
    try (NamedTensors before = SafetensorsDirectory.open(base);
        NamedTensors expected = SafetensorsFile.open(base.resolve("dequantized.safetensors"));
        NamedTensors actual = SafetensorsDirectory.open(out)) {
      assertEquals(6, expected.names().size());
      for (String weight : expected.names()) {
        assertEquals(DType.F32, actual.info(weight).dtype());
        assertEquals(expected.info(weight).shape(), actual.info(weight).shape());
        assertArrayEquals(expected.readFloat32(weight), actual.readFloat32(weight), 1e-6f, weight);
      }
      String kept = "model.layers.0.self_attn.o_proj.weight";
      assertArrayEquals(
          QuantState.read(before, kept).dequantize(),
          actual.readFloat32(kept),
          "without an update");
      assertFalse(actual.names().stream().anyMatch(QuantState::isPart), actual.names().toString());
    }
    assertFalse(config().has("quantization_config"));
    assertEquals("float32", config().get("dtype").asText());
    try (Compute compute = Compute.withThreads(1)) {
      DecoderSource.of(out).open(compute, io.github.lora4j.models.weights.WeightFormat.FLOAT32);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"BFLOAT16", "FLOAT16"})
  void halvesAreRoundedOnce(String form) throws Exception {
    Path base = golden("nf4");
    HalfType type = HalfType.valueOf(form);
    merge(base, PackedMerge.valueOf(form));
    try (NamedTensors expected = SafetensorsFile.open(base.resolve("dequantized.safetensors"));
        NamedTensors actual = SafetensorsDirectory.open(out)) {
      float step = type == HalfType.BFLOAT16 ? 0x1p-8f : 0x1p-11f;
      for (String weight : expected.names()) {
        assertEquals(
            type == HalfType.BFLOAT16 ? DType.BF16 : DType.F16, actual.info(weight).dtype());
        float[] want = expected.readFloat32(weight);
        float[] got = actual.readFloat32(weight);
        for (int i = 0; i < want.length; i++) {
          assertEquals(want[i], got[i], step * Math.abs(want[i]) + 1e-6f, weight);
        }
      }
    }
    assertEquals(type.id(), config().get("dtype").asText());
  }

  private JsonNode config() throws Exception {
    return new JsonMapper().readTree(out.resolve("config.json").toFile());
  }

  @Test
  void aFloatCheckpointHasNothingToPack() throws Exception {
    Path base = new GoldenDecoder("llama3").folder();
    CheckpointException e =
        assertThrows(CheckpointException.class, () -> merge(base, PackedMerge.PACKED));
    assertTrue(e.getMessage().contains("no weights in 4 bits"), e.getMessage());
    assertFalse(Files.exists(out.resolve("model.safetensors")));
  }
}
