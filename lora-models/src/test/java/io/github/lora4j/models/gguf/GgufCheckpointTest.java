package io.github.lora4j.models.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.compute.Kernels;
import io.github.lora4j.quant.gguf.GgufType;
import io.github.lora4j.tensor.FrozenMatrix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GgufCheckpointTest {
  @TempDir Path folder;

  /** Names, shapes and values are those of the checkpoint that the file was made from. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama", "qwen2", "qwen3", "gemma2", "gemma3", "phi3", "falcon", "gpt2", "gptneox"
      })
  void readsWhatHuggingFaceHad(String architecture) throws IOException {
    JsonNode expected = GoldenGguf.json(architecture + ".json");
    try (GgufCheckpoint checkpoint = open(architecture)) {
      Set<String> names = new HashSet<>();
      for (Map.Entry<String, JsonNode> entry : expected.get("tensors").properties()) {
        String name = entry.getKey();
        names.add(name);
        List<Long> shape =
            StreamSupport.stream(entry.getValue().get("shape").spliterator(), false)
                .map(JsonNode::longValue)
                .toList();
        assertEquals(shape, checkpoint.shape(name), name);
        float[] values = checkpoint.readFloat32(name);
        assertEquals(entry.getValue().get("crc").longValue(), GoldenGguf.crc(values), name);
        if (shape.size() == 2) {
          requireMatrix(checkpoint, name, values);
        }
      }
      assertEquals(names, checkpoint.names());
      for (Map.Entry<String, JsonNode> field : expected.get("config").properties()) {
        JsonNode value = checkpoint.config().path(field.getKey());
        assertTrue(same(field.getValue(), value), field + " is " + value);
      }
    }
  }

  /** The weight that stays in the file has the same values; GPT-2's has outputs as rows. */
  private static void requireMatrix(GgufCheckpoint checkpoint, String name, float[] values) {
    FrozenMatrix matrix = checkpoint.matrix(Kernels.plain(), name);
    boolean transposed = name.contains(".attn.c_") || name.contains(".mlp.c_");
    float[] row = new float[matrix.in()];
    for (int r = 0; r < matrix.out(); r++) {
      matrix.decodeRow(r, row, 0);
      for (int c = 0; c < matrix.in(); c++) {
        assertEquals(values[transposed ? c * matrix.out() + r : r * matrix.in() + c], row[c], name);
      }
    }
  }

  private static boolean same(JsonNode expected, JsonNode value) {
    return expected.isNumber()
        ? value.isNumber() && expected.doubleValue() == value.doubleValue()
        : expected.equals(value);
  }

  @Test
  void weightsStayInTheirStoredForm() {
    try (GgufCheckpoint checkpoint = open("llama")) {
      String name = "model.layers.1.self_attn.q_proj.weight";
      assertEquals(GgufType.Q4_1, checkpoint.type(name));
      assertEquals(32 * 20, checkpoint.matrix(Kernels.plain(), name).bytes());
      assertEquals("llama.gguf", Path.of(checkpoint.file().source()).getFileName().toString());
      checkpoint.config().put("hidden_size", 1);
      assertEquals(32, checkpoint.config().get("hidden_size").intValue());
      var e = assertThrows(CheckpointException.class, () -> checkpoint.type("model.norm.wieght"));
      assertTrue(e.getMessage().contains("nearest: [model.norm.weight"), e.getMessage());
      var vector =
          assertThrows(
              CheckpointException.class,
              () -> checkpoint.matrix(Kernels.plain(), "model.norm.weight"));
      assertTrue(vector.getMessage().contains("is no matrix"), vector.getMessage());
    }
  }

  @Test
  void ropeOfEveryFamily() throws IOException {
    assertEquals(50000, open("llama").config().get("rope_theta").intValue());
    assertFalse(open("llama").config().has("rope_scaling"));
    assertEquals(10000, open("gemma3").config().get("rope_local_base_freq").intValue());
    assertEquals(1000000, open("gemma3").config().get("rope_theta").intValue());
    assertEquals(0.5, open("gptneox").config().get("rotary_pct").doubleValue());

    ObjectNode linear =
        config(
            llama()
                .string("llama.rope.scaling.type", "linear")
                .value("llama.rope.scaling.factor", 6)
                .int32(Float.floatToIntBits(4f)));
    assertEquals(
        "{\"rope_type\":\"linear\",\"factor\":4.0}", linear.get("rope_scaling").toString());
    ObjectNode yarn =
        config(
            llama()
                .string("llama.rope.scaling.type", "yarn")
                .value("llama.rope.scaling.factor", 6)
                .int32(Float.floatToIntBits(2.5f))
                .uint32("llama.rope.scaling.original_context_length", 32768));
    assertEquals(
        "{\"rope_type\":\"yarn\",\"factor\":2.5,\"original_max_position_embeddings\":32768}",
        yarn.get("rope_scaling").toString());
    ObjectNode factors = config(llama(), "rope_freqs.weight");
    assertEquals(
        "{\"rope_type\":\"gguf_factors\",\"factors\":[0.0,0.0]}",
        factors.get("rope_scaling").toString());
    refused(
        "llama.rope.scaling.type is 'su'; known: linear, yarn",
        llama().string("llama.rope.scaling.type", "su"));
  }

  /** What is not in the file, llama.cpp tells by the number of layers. */
  @Test
  void theLargestGemmaScalesOtherwise() throws IOException {
    assertEquals(128, gemma2(42).get("query_pre_attn_scalar").intValue());
    assertEquals(144, gemma2(46).get("query_pre_attn_scalar").intValue());
    assertEquals(50, gemma2(46).get("attn_logit_softcapping").intValue());
  }

  private ObjectNode gemma2(int layers) throws IOException {
    return config(sizes("gemma2", layers, 4608, 32).uint32("gemma2.attention.key_length", 128));
  }

  @Test
  void phi3WithALongContext() throws IOException {
    GgufBuilder builder =
        sizes("phi3", 1, 8, 2)
            .uint32("phi3.rope.dimension_count", 2)
            .uint32("phi3.rope.scaling.original_context_length", 4096)
            .value("phi3.rope.scaling.attn_factor", 6)
            .int32(Float.floatToIntBits(1.19f));
    embedding(builder)
        .tensor("rope_factors_long.weight", 0, 64, 1)
        .tensor("rope_factors_short.weight", 0, 96, 1)
        .data(128);
    try (GgufCheckpoint checkpoint = GgufCheckpoint.open(write(builder))) {
      assertEquals(
          "{\"rope_type\":\"longrope\",\"long_factor\":[0.0],\"short_factor\":[0.0],"
              + "\"attention_factor\":1.19}",
          checkpoint.config().get("rope_scaling").toString());
      assertEquals(4096, checkpoint.config().get("original_max_position_embeddings").intValue());
      assertEquals(0.5, checkpoint.config().get("partial_rotary_factor").doubleValue());
      assertEquals(Set.of("model.embed_tokens.weight"), checkpoint.names());
    }
  }

  @Test
  void whatIsNotKnownIsNamed() throws IOException {
    refused(
        "general.architecture is 'mamba'; known are llama, qwen2",
        new GgufBuilder().string("general.architecture", "mamba"));
    refused("no metadata 'general.architecture'", new GgufBuilder());
    refused("llama.expert_count is set", llama().uint32("llama.expert_count", 8));
    refused("llama.block_count is 0", llama(0, 4));
    refused("llama.embedding_length 4 is no multiple of 3 heads", llama(1, 3));
    assertThrowsMessage(
        "tensor 'blk.0.attn_sinks.weight': is not known in the architecture llama",
        () -> config(llama(), "blk.0.attn_sinks.weight"));
  }

  /** Rows that are not those of the heads must not be put in any order. */
  @Test
  void headsThatDoNotFit() throws IOException {
    GgufBuilder builder = llama(1, 1);
    Path path = write(embedding(builder).tensor("blk.0.attn_q.weight", 0, 64, 4, 3).data(128));
    try (GgufCheckpoint checkpoint = GgufCheckpoint.open(path)) {
      assertThrowsMessage(
          "'blk.0.attn_q.weight': has 3 rows, which do not fit",
          () -> checkpoint.readFloat32("model.layers.0.self_attn.q_proj.weight"));
    }
  }

  @Test
  void ordersOfRows() {
    assertArrayEquals(new int[] {0, 2, 1, 3, 4, 6, 5, 7}, RowOrders.interleaved(2, 4));
    assertArrayEquals(new int[] {0, 1, 4, 6, 2, 3, 5, 7}, RowOrders.grouped(4, 2, 1));
    assertArrayEquals(new int[] {0, 1, 4, 5, 8, 9, 2, 3, 6, 7, 10, 11}, RowOrders.grouped(2, 2, 2));
  }

  private static GgufCheckpoint open(String architecture) {
    return GgufCheckpoint.open(GoldenGguf.path(architecture + ".gguf"));
  }

  private static GgufBuilder llama() {
    return llama(1, 2);
  }

  private static GgufBuilder llama(int layers, int heads) {
    return sizes("llama", layers, 4, heads);
  }

  private static GgufBuilder sizes(String architecture, int layers, int features, int heads) {
    return new GgufBuilder()
        .string("general.architecture", architecture)
        .uint32(architecture + ".block_count", layers)
        .uint32(architecture + ".embedding_length", features)
        .uint32(architecture + ".feed_forward_length", 8)
        .uint32(architecture + ".context_length", 16)
        .uint32(architecture + ".attention.head_count", heads)
        .value(architecture + ".attention.layer_norm_rms_epsilon", 6)
        .int32(Float.floatToIntBits(1e-5f));
  }

  private static GgufBuilder embedding(GgufBuilder builder) {
    return builder.tensor("token_embd.weight", 0, 0, 4, 3);
  }

  private ObjectNode config(GgufBuilder builder, String... vectors) throws IOException {
    embedding(builder);
    for (String vector : vectors) {
      builder.tensor(vector, 0, 64, 2);
    }
    try (GgufCheckpoint checkpoint = GgufCheckpoint.open(write(builder.data(72)))) {
      return checkpoint.config();
    }
  }

  private void refused(String expected, GgufBuilder builder) {
    assertThrowsMessage(expected, () -> config(builder));
  }

  private static void assertThrowsMessage(
      String expected, org.junit.jupiter.api.function.Executable executable) {
    CheckpointException e = assertThrows(CheckpointException.class, executable);
    assertTrue(e.getMessage().contains(expected), e.getMessage());
  }

  private Path write(GgufBuilder builder) throws IOException {
    return Files.write(Files.createTempFile(folder, "model", ".gguf"), builder.build());
  }
}
