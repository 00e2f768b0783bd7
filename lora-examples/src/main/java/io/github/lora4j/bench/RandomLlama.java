package io.github.lora4j.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.lora4j.checkpoint.AtomicFile;
import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.checkpoint.SafetensorsWriter;
import io.github.lora4j.models.config.JsonFile;
import io.github.lora4j.models.weights.QuantizationConfig;
import io.github.lora4j.quant.Absmax;
import io.github.lora4j.quant.FourBitWeights;
import io.github.lora4j.quant.QuantConfig;
import io.github.lora4j.quant.QuantState;
import io.github.lora4j.quant.QuantType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A Llama checkpoint of random weights as transformers and bitsandbytes save one: linear layers in
 * NF4 with double quantization, embeddings and output layer in bfloat16. It is written one matrix
 * at a time.
 *
 * @param hidden features of a token
 * @param inner features inside the feed-forward layers
 * @param layers how many layers
 * @param heads of queries, and of keys and values
 * @param vocab tokens
 */
record RandomLlama(int hidden, int inner, int layers, int heads, int vocab) {
  private static final int BLOCK = 64;
  private static final int GROUP = 256;
  private static final int CONTEXT = 4096;

  /** About 0.016 and below, either sign: the upper byte of a bfloat16. */
  private static final byte[] SMALL = {0x3c, (byte) 0xbc};

  /** Out and in of each linear layer, by its name. */
  Map<String, int[]> matrices() {
    Map<String, int[]> matrices = new LinkedHashMap<>();
    for (int i = 0; i < layers; i++) {
      String layer = "model.layers." + i + ".";
      for (String name : List.of("q_proj", "k_proj", "v_proj", "o_proj")) {
        matrices.put(layer + "self_attn." + name, new int[] {hidden, hidden});
      }
      matrices.put(layer + "mlp.gate_proj", new int[] {inner, hidden});
      matrices.put(layer + "mlp.up_proj", new int[] {inner, hidden});
      matrices.put(layer + "mlp.down_proj", new int[] {hidden, inner});
    }
    return matrices;
  }

  /** Weights of the linear layers. */
  long weights() {
    return layers * (4L * hidden * hidden + 3L * hidden * inner);
  }

  /** Weights of the output layer. */
  long headWeights() {
    return (long) vocab * hidden;
  }

  /** Writes the checkpoint. */
  void write(Path folder) throws IOException {
    JsonFile.write(folder.resolve("config.json"), config());
    SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
    table(writer, "model.embed_tokens");
    matrices().forEach((name, size) -> packed(writer, name + ".weight", size[0], size[1]));
    for (int i = 0; i < layers; i++) {
      norm(writer, "model.layers." + i + ".input_layernorm");
      norm(writer, "model.layers." + i + ".post_attention_layernorm");
    }
    norm(writer, "model.norm");
    table(writer, "lm_head");
    writer.write(folder.resolve("model.safetensors"));
  }

  private ObjectNode config() {
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.put("model_type", "llama");
    config.put("hidden_size", hidden);
    config.put("intermediate_size", inner);
    config.put("num_hidden_layers", layers);
    config.put("num_attention_heads", heads);
    config.put("num_key_value_heads", heads);
    config.put("vocab_size", vocab);
    config.put("max_position_embeddings", CONTEXT);
    config.put("rms_norm_eps", 1e-5);
    config.put("rope_theta", 10000.0);
    config.put("hidden_act", "silu");
    config.put("tie_word_embeddings", false);
    config.set(QuantizationConfig.FIELD, QuantizationConfig.of(QuantConfig.NF4, List.of()));
    return config;
  }

  private void norm(SafetensorsWriter writer, String name) {
    float[] ones = new float[hidden];
    Arrays.fill(ones, 1f);
    writer.addFloat32(name + ".weight", List.of((long) hidden), ones);
  }

  private void table(SafetensorsWriter writer, String name) {
    writer.add(
        name + ".weight",
        DType.BF16,
        List.of((long) vocab, (long) hidden),
        channel -> writeTable(name, channel));
  }

  private void writeTable(String name, WritableByteChannel channel) throws IOException {
    SplittableRandom random = new SplittableRandom(name.hashCode());
    byte[] row = new byte[Short.BYTES * hidden];
    for (int r = 0; r < vocab; r++) {
      random.nextBytes(row);
      for (int i = 1; i < row.length; i += Short.BYTES) {
        row[i] = SMALL[row[i] & 1];
      }
      AtomicFile.writeFully(channel, ByteBuffer.wrap(row));
    }
  }

  /** Weights that are about as large as those of a trained layer. */
  private static void packed(SafetensorsWriter writer, String name, int out, int in) {
    float[] map = new float[256];
    for (int i = 0; i < map.length; i++) {
      map[i] = (i - 127.5f) / 128;
    }
    int blocks = (out * in + BLOCK - 1) / BLOCK;
    byte[] codes = new byte[blocks];
    new SplittableRandom(name.hashCode()).nextBytes(codes);
    float[] scales = new float[(blocks + GROUP - 1) / GROUP];
    float typical = (float) (2 / Math.sqrt(in));
    Arrays.fill(scales, typical / 4);
    Absmax.Nested absmax = new Absmax.Nested(codes, map, scales, GROUP, typical);
    // Of its codes only their number counts before the file is written.
    byte[] none = new byte[packedBytes(out, in)];
    FourBitWeights weights = new FourBitWeights(QuantType.NF4, out, in, BLOCK, none, absmax);
    QuantState.add(writer, name, weights, () -> randomBytes(name, out, in), "float32");
  }

  private static byte[] randomBytes(String name, int out, int in) {
    byte[] bytes = new byte[packedBytes(out, in)];
    new SplittableRandom(31L * name.hashCode()).nextBytes(bytes);
    return bytes;
  }

  private static int packedBytes(int out, int in) {
    return (int) (((long) out * in + 1) / 2);
  }
}
