package io.github.lora4j.cli;

import io.github.lora4j.checkpoint.AtomicFile;
import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.checkpoint.SafetensorsWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A random language model in bfloat16 with one layer, and a real tokenizer. */
final class TinyLlama {
  static final int HIDDEN = 16;
  private static final int VOCAB = 701;
  private static final Path GOLDEN = Path.of("../lora-models/src/test/resources/golden");

  private TinyLlama() {}

  /** Shapes by name; a test may change them before it writes the weights again. */
  static Map<String, List<Long>> shapes() {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    String layer = "model.layers.0.";
    shapes.put("model.embed_tokens.weight", List.of((long) VOCAB, (long) HIDDEN));
    for (String name : List.of("q_proj", "k_proj", "v_proj", "o_proj")) {
      shapes.put(layer + "self_attn." + name + ".weight", List.of((long) HIDDEN, (long) HIDDEN));
    }
    shapes.put(layer + "mlp.gate_proj.weight", List.of(32L, (long) HIDDEN));
    shapes.put(layer + "mlp.up_proj.weight", List.of(32L, (long) HIDDEN));
    shapes.put(layer + "mlp.down_proj.weight", List.of((long) HIDDEN, 32L));
    for (String norm : List.of(layer + "input_layernorm", layer + "post_attention_layernorm")) {
      shapes.put(norm + ".weight", List.of((long) HIDDEN));
    }
    shapes.put("model.norm.weight", List.of((long) HIDDEN));
    return shapes;
  }

  /** All files. */
  static Path write(Path folder) throws IOException {
    Files.createDirectories(folder);
    for (String file : List.of("tokenizer.json", "tokenizer_config.json")) {
      Files.copy(GOLDEN.resolve("tokenizers/bytes").resolve(file), folder.resolve(file));
    }
    config(folder, "llama");
    weights(folder.resolve("model.safetensors"), shapes(), DType.BF16, null, 1);
    return folder;
  }

  /** The configuration, with a type. */
  static void config(Path folder, String type) throws IOException {
    Files.writeString(
        folder.resolve("config.json"),
        "{\"model_type\": \""
            + type
            + "\", \"vocab_size\": "
            + VOCAB
            + ", \"hidden_size\": "
            + HIDDEN
            + ", \"intermediate_size\": 32, \"num_hidden_layers\": 1, \"num_attention_heads\": 2,"
            + " \"num_key_value_heads\": 2, \"max_position_embeddings\": 64, \"rms_norm_eps\": 1e-6,"
            + " \"rope_theta\": 10000.0, \"hidden_act\": \"silu\", \"tie_word_embeddings\": true}");
  }

  /**
   * The weights.
   *
   * @param nan the tensor of which one value is NaN, or null
   * @param seed of the values
   */
  static void weights(
      Path file, Map<String, List<Long>> shapes, DType type, String nan, long seed) {
    SafetensorsWriter writer = new SafetensorsWriter();
    Random random = new Random(seed);
    shapes.forEach(
        (name, shape) -> {
          int count = (int) shape.stream().mapToLong(d -> d).reduce(1, (a, b) -> a * b);
          ByteBuffer bytes = ByteBuffer.allocate(type.byteSize() * count);
          for (int i = 0; i < count; i++) {
            // The upper byte of bfloat16 between a quarter and one, the sign by chance.
            bytes.put(type.byteSize() * i + 1, (byte) (0x3e | (random.nextBoolean() ? 0x80 : 0)));
          }
          if (name.equals(nan)) {
            bytes.put(2 * 35, (byte) 0xc0).put(2 * 35 + 1, (byte) 0x7f);
          }
          writer.add(name, type, shape, channel -> AtomicFile.writeFully(channel, bytes));
        });
    writer.write(file);
  }
}
