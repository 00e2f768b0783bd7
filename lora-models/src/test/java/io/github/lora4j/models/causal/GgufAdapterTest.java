package io.github.lora4j.models.causal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.lora4j.adapter.AdapterInfo;
import io.github.lora4j.adapter.AdapterRegistry;
import io.github.lora4j.adapter.InferenceAdapter;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.LoraWeights;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.adapter.SavedTensor;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.LoraInit;
import io.github.lora4j.models.gguf.GgufAdapterFiles;
import io.github.lora4j.models.gguf.GgufBase;
import io.github.lora4j.models.gguf.GgufFile;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters in GGUF files as scripts/fixtures/gguf_adapters.py writes them, and as we do. */
class GgufAdapterTest {
  @TempDir private Path folder;

  private static Path file(String name) {
    try {
      return Path.of(
          GgufAdapterTest.class.getResource("/golden/gguf/adapters/" + name + ".gguf").toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  private static GgufBase base(String decoder) {
    return DecoderSource.of(new GoldenDecoder(decoder).folder()).ggufBase();
  }

  private static LoraAdapter peft(String decoder) {
    return PeftAdapterFiles.load("lora", new GoldenDecoder(decoder).folder().resolve("lora"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama3",
        "mistral",
        "qwen2",
        "qwen3",
        "gemma2",
        "gemma3",
        "phi3",
        "falcon-7b",
        "falcon-40b",
        "falcon-rw",
        "gpt2",
        "neox"
      })
  void filesOfBothKindsAreTheSameAdapter(String decoder) throws Exception {
    GoldenDecoder golden = new GoldenDecoder(decoder);
    LoraAdapter expected = peft(decoder);
    LoraAdapter read = GgufAdapterFiles.load("lora", file(decoder), base(decoder));
    assertEquals(expected.weights(), read.weights());
    try (Compute compute = Compute.withThreads(1)) {
      golden.assertClose(
          "lora/logits",
          DecoderGoldenTest.logits(
              compute,
              golden.load(compute, "config.json"),
              golden.sequences(),
              new InferenceAdapter(read)),
          1e-5);
    }

    Path written = folder.resolve("written.gguf");
    GgufAdapterFiles.save(expected, written, base(decoder), DType.F32);
    assertArrayEquals(Files.readAllBytes(file(decoder)), Files.readAllBytes(written));
  }

  @ParameterizedTest
  @ValueSource(strings = {"F16", "BF16", "Q8_0"})
  void otherTypesAreDecoded(String type) throws Exception {
    LoraAdapter read = GgufAdapterFiles.load("a", file("llama3-" + type), base("llama3"));
    assertGolden(type, read);
    if (!type.equals("Q8_0")) {
      Path written = folder.resolve("written.gguf");
      GgufAdapterFiles.save(peft("llama3"), written, base("llama3"), DType.valueOf(type));
      assertArrayEquals(
          Files.readAllBytes(file("llama3-" + type)), Files.readAllBytes(written), type);
    }
  }

  /** llama.cpp takes an alpha of 0 for the rank, whatever that is of each module. */
  @Test
  void withoutAlphaTheUpdateIsNotScaled() throws Exception {
    LoraAdapter read = GgufAdapterFiles.load("a", file("llama3-ranks"), base("llama3"));
    assertGolden("ranks", read);
    read.weights().forEach((module, w) -> assertEquals(1f, w.scaling(), module));
    String narrow = "model.layers.1.self_attn.k_proj";
    read.weights().forEach((module, w) -> assertEquals(module.equals(narrow) ? 2 : 4, w.r()));
    // In PEFT's layout the configuration says the same.
    PeftAdapterFiles.save(read, folder.resolve("peft"));
    LoraAdapter again = PeftAdapterFiles.load("a", folder.resolve("peft"));
    assertEquals(read.weights(), again.weights());
  }

  private static void assertGolden(String which, LoraAdapter read) throws Exception {
    Path json = file("llama3").resolveSibling("adapters.json");
    JsonNode values = new JsonMapper().readTree(json.toFile()).get("values").get(which);
    assertEquals(2 * read.weights().size(), values.size());
    read.weights()
        .forEach(
            (module, w) -> {
              assertEquals(values.get(module + ".lora_a").get("crc").asLong(), crc(w.a()), module);
              assertEquals(values.get(module + ".lora_b").get("crc").asLong(), crc(w.b()), module);
            });
  }

  private static long crc(float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    CRC32 crc = new CRC32();
    crc.update(bytes);
    return crc.getValue();
  }

  /** A file has one alpha; B takes what differs. */
  @Test
  void differentScalingsGoIntoB() {
    LoraAdapter plain = peft("llama3");
    LoraConfig config =
        plain.config().toBuilder()
            .useRslora(true)
            .alphaPattern(Map.of("q_proj", 3.0, "v_proj", 0.0))
            .build();
    Map<String, LoraWeights> weights = new LinkedHashMap<>();
    plain
        .weights()
        .forEach(
            (module, w) ->
                weights.put(
                    module,
                    new LoraWeights(
                        w.r(), w.in(), w.out(), w.a(), w.b(), (float) config.scaling(module))));
    AdapterInfo info =
        new AdapterInfo(List.of(), "crc32c:1", null, Map.of("prompt_template", "Ask: {text}"));
    LoraAdapter adapter = new LoraAdapter("mixed", config, weights, Map.of(), info);
    Path written = folder.resolve("mixed.gguf");
    GgufAdapterFiles.save(adapter, written, base("llama3"), DType.F32);
    LoraAdapter read = GgufAdapterFiles.load("mixed", written, base("llama3"));
    assertEquals(info, read.info());
    assertEquals(config.baseModelNameOrPath(), read.config().baseModelNameOrPath());
    adapter
        .weights()
        .forEach(
            (module, w) -> {
              LoraWeights back = read.weights().get(module);
              assertArrayEquals(w.a(), back.a());
              for (int i = 0; i < w.b().length; i++) {
                float expected = w.scaling() * w.b()[i];
                assertEquals(expected, back.scaling() * back.b()[i], 1e-6f * Math.abs(expected));
              }
              assertEquals(4f, back.scaling(), module);
            });
  }

  @Test
  void whatAFileCannotHoldIsNamed() {
    LoraAdapter plain = peft("llama3");
    LoraWeights w = plain.weights().values().iterator().next();
    String module = plain.weights().keySet().iterator().next();
    float[] row = new float[w.out()];
    LoraWeights dora = new LoraWeights(w.r(), w.in(), w.out(), w.a(), w.b(), 2f, row, null);
    LoraWeights biased = new LoraWeights(w.r(), w.in(), w.out(), w.a(), w.b(), 2f, null, row);
    var saved = Map.of("head.weight", new SavedTensor(List.of(1), new float[1]));
    var config = plain.config().toBuilder();
    refused(config.useDora(true).build(), Map.of(module, dora), Map.of(), "use_dora");
    refused(
        config.useDora(false).loraBias(true).build(),
        Map.of(module, biased),
        Map.of(),
        "lora_bias");
    refused(
        config.loraBias(false).modulesToSave(List.of("head")).build(),
        Map.of(module, w),
        saved,
        "modules_to_save (head.weight)");
    LoraAdapter bias =
        new LoraAdapter(
            "x",
            config.modulesToSave(List.of()).bias("all").build(),
            Map.of(module, w),
            Map.of(),
            Map.of(module, new SavedTensor(List.of(w.out()), row)),
            AdapterInfo.NONE);
    refused(bias, "bias = all");
    LoraConfig pissa = plain.config().toBuilder().initLoraWeights(LoraInit.PISSA).build();
    refused(pissa, Map.of(module, w), Map.of(), "init_lora_weights = pissa");
    LoraAdapter unknown =
        new LoraAdapter(
            "x", plain.config(), Map.of("model.layers.0.odd", w), Map.of(), AdapterInfo.NONE);
    CheckpointException e =
        assertThrows(
            CheckpointException.class,
            () ->
                GgufAdapterFiles.save(
                    unknown, folder.resolve("x.gguf"), base("llama3"), DType.F32));
    assertTrue(e.getMessage().contains("'model.layers.0.odd': has no name"), e.getMessage());
    assertFalse(Files.exists(folder.resolve("x.gguf")));
  }

  private void refused(
      LoraConfig config,
      Map<String, LoraWeights> weights,
      Map<String, SavedTensor> saved,
      String named) {
    refused(new LoraAdapter("x", config, weights, saved, AdapterInfo.NONE), named);
  }

  private void refused(LoraAdapter adapter, String named) {
    Path out = folder.resolve("x.gguf");
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> GgufAdapterFiles.save(adapter, out, base("llama3"), DType.F32));
    assertTrue(e.getMessage().contains("'x' has " + named + ","), e.getMessage());
    assertFalse(Files.exists(out));
  }

  @Test
  void valuesThatATypeCannotHoldLeaveTheFileAsItWas() throws Exception {
    LoraAdapter plain = peft("llama3");
    Map.Entry<String, LoraWeights> first = plain.weights().entrySet().iterator().next();
    LoraWeights w = first.getValue();
    float[] a = w.a();
    a[3] = 1e6f;
    LoraAdapter large =
        new LoraAdapter(
            "x",
            plain.config(),
            Map.of(first.getKey(), new LoraWeights(w.r(), w.in(), w.out(), a, w.b(), w.scaling())),
            Map.of(),
            AdapterInfo.NONE);
    Path out = folder.resolve("x.gguf");
    Files.writeString(out, "earlier");
    CheckpointException e =
        assertThrows(
            CheckpointException.class,
            () -> GgufAdapterFiles.save(large, out, base("llama3"), DType.F16));
    assertTrue(e.getMessage().contains("index 3 is 1000000.0, too large for F16"), e.getMessage());
    assertEquals("earlier", Files.readString(out));
  }

  /** The base may be a GGUF file, too. */
  @Test
  void theSameModelInBothFormatsReadsTheSame() throws Exception {
    Path model = file("llama3").resolveSibling("../llama.gguf").normalize();
    GgufBase base = DecoderSource.of(model).ggufBase();
    assertEquals("llama", base.architecture());
    // Heads and sizes are those of the decoder of the adapter.
    assertEquals(
        peft("llama3").weights(), GgufAdapterFiles.load("lora", file("llama3"), base).weights());
  }

  @Test
  void aRegistryTakesFilesAndFoldersAndReadsThemBack() throws Exception {
    DecoderSource source = DecoderSource.of(new GoldenDecoder("llama3").folder());
    long one = peft("llama3").byteSize();
    var registry =
        new AdapterRegistry<LoraAdapter>(a -> a, one + one / 2, new DecoderAdapters(source));
    Path copy = Files.copy(file("llama3"), folder.resolve("a.gguf"));
    registry.load("file", copy);
    registry.load("folder", source.path().resolve("lora"));
    assertEquals(List.of(false, true), registry.list().stream().map(s -> s.resident()).toList());
    assertEquals(peft("llama3").weights(), registry.get("file").form().weights());
    assertEquals(1, registry.get("file").version());
    registry.replace("folder", copy);
    registry.rollBack("folder");
    assertEquals(peft("llama3").config(), registry.get("folder").form().config());
    Files.writeString(copy, "damaged");
    registry.get("folder");
    CheckpointException e =
        assertThrows(CheckpointException.class, () -> registry.get("file"), "evicted");
    assertTrue(e.getMessage().contains("a.gguf"), e.getMessage());
  }

  @Test
  void everyTensorOfAFileIsAligned() throws Exception {
    Path written = folder.resolve("written.gguf");
    GgufAdapterFiles.save(peft("phi3"), written, base("phi3"), DType.BF16);
    try (GgufFile file = GgufFile.open(written)) {
      file.tensors().values().forEach(t -> assertEquals(0, t.offset() % 32, t.name()));
      assertEquals(3, file.version());
    }
  }
}
