package io.github.lora4j.models.causal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.LoraWeights;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.checkpoint.SafetensorsDirectory;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.models.decoder.DecoderModel;
import io.github.lora4j.models.merge.CheckpointMerger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CheckpointMergerTest {
  @TempDir Path out;

  static List<String> families() {
    return DecoderGoldenTest.CASES;
  }

  /** The logits of PEFT with the adapter, of every family, without one. */
  @ParameterizedTest
  @MethodSource("families")
  void mergedModelsComputeWhatPeftDoesWithTheAdapter(String name) throws Exception {
    GoldenDecoder golden = new GoldenDecoder(name);
    LoraAdapter adapter = PeftAdapterFiles.load("lora", golden.folder().resolve("lora"));
    try (Compute compute = Compute.withThreads(2)) {
      CheckpointMerger.Report report =
          new CheckpointMerger(compute).merge(golden.folder(), adapter, out);
      assertEquals(adapter.weights().size(), report.merged());
      assertEquals(0, report.replaced());
      DecoderModel merged = golden.load(compute, "config.json", out);
      golden.assertClose(
          "lora/logits",
          DecoderGoldenTest.logits(compute, merged, golden.sequences(), ActiveAdapter.NONE),
          1e-5);
    }
    assertTrue(Files.exists(out.resolve("config.json")));
    try (NamedTensors before = SafetensorsDirectory.open(golden.folder());
        NamedTensors after = SafetensorsDirectory.open(out)) {
      assertEquals(before.names(), after.names());
      for (String tensor : before.names()) {
        assertEquals(before.info(tensor).dtype(), after.info(tensor).dtype());
        String module = tensor.replaceFirst("\\.weight$", "");
        if (!adapter.weights().containsKey(module)) {
          assertArrayEquals(before.readFloat32(tensor), after.readFloat32(tensor), tensor);
        }
      }
    }
  }

  @Test
  void modulesThatAreNotThereAreNamedAndNothingIsWritten() throws Exception {
    GoldenDecoder golden = new GoldenDecoder("llama3");
    LoraAdapter adapter = PeftAdapterFiles.load("lora", golden.folder().resolve("lora"));
    Map.Entry<String, LoraWeights> first = adapter.weights().entrySet().iterator().next();
    LoraAdapter other =
        new LoraAdapter(
            "other",
            adapter.config(),
            Map.of(first.getKey().replace("layers.0", "layers.9"), first.getValue()),
            Map.of(),
            adapter.info());
    refused(golden, other, "model.layers.9");
  }

  @Test
  void otherShapesAreRefusedAndNoWeightsAreWritten() throws Exception {
    GoldenDecoder golden = new GoldenDecoder("llama3");
    LoraAdapter adapter = PeftAdapterFiles.load("lora", golden.folder().resolve("lora"));
    Map.Entry<String, LoraWeights> first = adapter.weights().entrySet().iterator().next();
    LoraWeights w = first.getValue();
    LoraWeights wider =
        new LoraWeights(
            w.r(), w.in() + 1, w.out(), new float[w.r() * (w.in() + 1)], w.b(), w.scaling());
    LoraAdapter other =
        new LoraAdapter(
            "other", adapter.config(), Map.of(first.getKey(), wider), Map.of(), adapter.info());
    refused(golden, other, "the adapter is for [" + w.out() + ", " + (w.in() + 1) + "]");
  }

  @Test
  void updatesOfEmbeddingsAreRefused() throws Exception {
    GoldenDecoder golden = new GoldenDecoder("llama3");
    Path adapters = golden.folder().getParent().resolveSibling("peft-decoders");
    LoraAdapter adapter = PeftAdapterFiles.load("tables", adapters.resolve("embeddings"));
    assertTrue(adapter.weights().get("model.embed_tokens").embedding());
    refused(golden, adapter, "model.embed_tokens");
  }

  private void refused(GoldenDecoder golden, LoraAdapter adapter, String named) throws Exception {
    try (Compute compute = Compute.withThreads(1)) {
      CheckpointException e =
          assertThrows(
              CheckpointException.class,
              () -> new CheckpointMerger(compute).merge(golden.folder(), adapter, out));
      assertTrue(e.getMessage().contains(named), e.getMessage());
    }
    try (Stream<Path> files = Files.list(out)) {
      assertFalse(files.anyMatch(file -> file.toString().endsWith(".safetensors")));
    }
  }
}
