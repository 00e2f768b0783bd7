package io.github.lora4j.models.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.lora4j.checkpoint.CheckpointException;

/**
 * Where llama.cpp's converter moved rows of a model's attention. It needs the numbers of heads in a
 * configuration with the fields of Hugging Face.
 *
 * @param source what the configuration is called in messages
 */
record HeadRows(String source, GgufArchitecture architecture, ObjectNode config) {
  /**
   * The order of rows in a Hugging Face checkpoint, as indices of rows in a GGUF file; null if both
   * have the same.
   *
   * @param file what is called so in messages
   * @param stored name of the tensor in GGUF files
   * @throws CheckpointException if there are not as many rows as the heads have
   */
  int[] order(String file, String stored, int rows) {
    boolean queries = stored.contains(".attn_q.");
    boolean together = stored.contains(".attn_qkv.");
    return switch (architecture) {
      case LLAMA ->
          queries || stored.contains(".attn_k.")
              ? interleaved(file, stored, rows, queries ? heads() : keyValueHeads())
              : null;
      case FALCON -> together ? grouped(file, stored, rows, falconGroups()) : null;
      case GPTNEOX -> together ? grouped(file, stored, rows, heads()) : null;
      default -> null;
    };
  }

  private int[] interleaved(String file, String stored, int rows, int heads) {
    int headDim = integer("head_dim", integer("hidden_size", 0) / heads());
    require((long) heads * headDim == rows && headDim % 2 == 0, file, stored, rows);
    return RowOrders.interleaved(heads, headDim);
  }

  private int[] grouped(String file, String stored, int rows, int groups) {
    int headDim = integer("hidden_size", 0) / heads();
    require(
        heads() % groups == 0 && (heads() + 2L * groups) * headDim == rows && headDim > 0,
        file,
        stored,
        rows);
    return RowOrders.grouped(heads(), groups, headDim);
  }

  private int heads() {
    return integer("num_attention_heads", 0);
  }

  private int keyValueHeads() {
    return integer("num_key_value_heads", heads());
  }

  private int falconGroups() {
    boolean shared = config.path("multi_query").asBoolean(true);
    boolean groups = config.path("new_decoder_architecture").asBoolean(false);
    return !groups && shared ? 1 : integer("num_kv_heads", heads());
  }

  /** A positive integer, or another where there is none; that, too, has to be positive. */
  private int integer(String field, int fallback) {
    JsonNode value = config.path(field);
    int integer = value.isMissingNode() || value.isNull() ? fallback : value.asInt(0);
    if (integer < 1) {
      throw new CheckpointException(source, field + " is " + value + ", not a positive integer");
    }
    return integer;
  }

  private static void require(boolean fits, String file, String stored, int rows) {
    if (!fits) {
      throw new CheckpointException(
          file, stored, "has " + rows + " rows, which do not fit the attention heads");
    }
  }
}
