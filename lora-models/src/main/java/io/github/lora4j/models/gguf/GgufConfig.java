package io.github.lora4j.models.gguf;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.lora4j.checkpoint.CheckpointException;

/** The metadata of a model with the names and meaning of a Hugging Face {@code config.json}. */
final class GgufConfig {
  /** Layers of the Gemma models whose attention is not scaled by the size of a head. */
  private static final int GEMMA2_27B = 46;

  private static final int GEMMA3_27B = 62;

  private final GgufFile file;
  private final GgufMetadata metadata;
  private final GgufArchitecture architecture;
  private final ObjectNode json = JsonNodeFactory.instance.objectNode();

  private GgufConfig(GgufFile file, GgufArchitecture architecture) {
    this.file = file;
    this.metadata = file.metadata();
    this.architecture = architecture;
  }

  /**
   * Converts.
   *
   * @throws CheckpointException if a value is missing, of a wrong type, or asks for computations
   *     that are not known
   */
  static ObjectNode of(GgufFile file, GgufArchitecture architecture) {
    return new GgufConfig(file, architecture).convert();
  }

  private ObjectNode convert() {
    if (metadata.integer(key("expert_count"), 0) > 0) {
      throw new CheckpointException(
          file.source(), key("expert_count") + " is set: mixtures of experts cannot be read");
    }
    json.put("model_type", architecture.modelType());
    json.put("vocab_size", file.tensor("token_embd.weight").shape().get(0));
    json.put("tie_word_embeddings", !file.tensors().containsKey("output.weight"));
    token("bos_token_id", "bos_token_id");
    token("eos_token_id", "eos_token_id");
    token("pad_token_id", "padding_token_id");
    switch (architecture) {
      case GPT2 -> gpt2();
      case GPTNEOX -> gptNeox();
      case FALCON -> falcon();
      default -> decoder();
    }
    return json;
  }

  private void decoder() {
    sizes();
    integer("intermediate_size", "feed_forward_length");
    json.put("num_key_value_heads", keyValueHeads());
    json.put("head_dim", headDim());
    json.put("rms_norm_eps", number("attention.layer_norm_rms_epsilon"));
    rope();
    if (metadata.integer(key("attention.sliding_window"), 0) > 0) {
      integer("sliding_window", "attention.sliding_window");
    }
    switch (architecture) {
      case GEMMA2, GEMMA3 -> gemma();
      default -> {
        json.put("hidden_act", "silu");
        json.put("attention_bias", has("blk.0.attn_q.bias"));
        json.put("mlp_bias", has("blk.0.ffn_up.bias"));
      }
    }
    if (architecture == GgufArchitecture.PHI3) {
      partialRotary("partial_rotary_factor");
    }
  }

  private void gemma() {
    json.put("hidden_activation", "gelu_pytorch_tanh");
    json.put("attention_bias", false);
    boolean second = architecture == GgufArchitecture.GEMMA2;
    long layers = metadata.integer(key("block_count"));
    // Not in the file; llama.cpp knows it by the number of layers, too.
    boolean largest = layers == (second ? GEMMA2_27B : GEMMA3_27B);
    json.put(
        "query_pre_attn_scalar",
        largest ? metadata.integer(key("embedding_length")) / heads() : headDim());
    if (second) {
      json.put("attn_logit_softcapping", number("attn_logit_softcapping", 50));
      json.put("final_logit_softcapping", number("final_logit_softcapping", 30));
    } else {
      json.put("rope_local_base_freq", number("rope.freq_base_swa", 10000));
    }
    ArrayNode types = json.putArray("layer_types");
    int period = second ? 2 : 6;
    for (long layer = 1; layer <= layers; layer++) {
      types.add(layer % period == 0 ? "full_attention" : "sliding_attention");
    }
  }

  private void falcon() {
    sizes();
    integer("ffn_hidden_size", "feed_forward_length");
    long keyValueHeads = keyValueHeads();
    json.put("num_kv_heads", keyValueHeads);
    json.put("multi_query", keyValueHeads == 1);
    boolean twoNorms = has("blk.0.attn_norm_2.weight");
    json.put("new_decoder_architecture", twoNorms || keyValueHeads > 1 && keyValueHeads < heads());
    json.put("num_ln_in_parallel_attn", twoNorms ? 2 : 1);
    json.put("parallel_attn", !has("blk.0.ffn_norm.weight"));
    json.put("bias", has("blk.0.attn_qkv.bias"));
    json.put("alibi", false);
    json.put("activation", "gelu");
    json.put("layer_norm_epsilon", number("attention.layer_norm_epsilon"));
    rope();
  }

  private void gptNeox() {
    sizes();
    integer("intermediate_size", "feed_forward_length");
    json.put("hidden_act", "gelu");
    json.put("attention_bias", has("blk.0.attn_qkv.bias"));
    json.put("layer_norm_eps", number("attention.layer_norm_epsilon"));
    json.put("use_parallel_residual", metadata.bool(key("use_parallel_residual"), true));
    json.put("rotary_emb_base", number("rope.freq_base", 10000));
    rope();
    partialRotary("rotary_pct");
  }

  private void gpt2() {
    integer("n_embd", "embedding_length");
    integer("n_layer", "block_count");
    integer("n_head", "attention.head_count");
    integer("n_positions", "context_length");
    integer("n_inner", "feed_forward_length");
    json.put("layer_norm_epsilon", number("attention.layer_norm_epsilon"));
    json.put("activation_function", "gelu_new");
  }

  private void sizes() {
    integer("hidden_size", "embedding_length");
    integer("num_hidden_layers", "block_count");
    integer("num_attention_heads", "attention.head_count");
    integer("max_position_embeddings", "context_length");
  }

  /** The share of a head that is rotated, where that is not all of it. */
  private void partialRotary(String field) {
    long rotated = metadata.integer(key("rope.dimension_count"), headDim());
    if (rotated != headDim()) {
      json.put(field, (double) rotated / headDim());
    } else if (architecture == GgufArchitecture.GPTNEOX) {
      json.put(field, 1.0); // the default is a quarter
    }
  }

  private void rope() {
    json.put("rope_theta", number("rope.freq_base", 10000));
    long original = metadata.integer(key("rope.scaling.original_context_length"), 0);
    if (has("rope_factors_long.weight")) {
      ObjectNode scaling = json.putObject("rope_scaling");
      scaling.put("rope_type", "longrope");
      factors(scaling.putArray("long_factor"), "rope_factors_long.weight");
      factors(scaling.putArray("short_factor"), "rope_factors_short.weight");
      if (metadata.has(key("rope.scaling.attn_factor"))) {
        scaling.put("attention_factor", number("rope.scaling.attn_factor"));
      }
      json.put("original_max_position_embeddings", original);
    } else if (has("rope_freqs.weight")) {
      ObjectNode scaling = json.putObject("rope_scaling");
      scaling.put("rope_type", "gguf_factors");
      factors(scaling.putArray("factors"), "rope_freqs.weight");
    } else {
      scaled(original);
    }
  }

  private void scaled(long original) {
    String type = metadata.string(key("rope.scaling.type"), "none");
    double factor = number("rope.scaling.factor", number("rope.scale_linear", 0));
    if (type.equals("none") && factor != 0 && factor != 1) {
      type = "linear";
    }
    if (type.equals("none")) {
      return;
    }
    if (!type.equals("linear") && !type.equals("yarn")) {
      throw new CheckpointException(
          file.source(),
          key("rope.scaling.type")
              + " is '"
              + type.lines().findFirst().get()
              + "'; known: linear, yarn");
    }
    ObjectNode scaling = json.putObject("rope_scaling");
    scaling.put("rope_type", type);
    scaling.put("factor", factor);
    if (type.equals("yarn") && original > 0) {
      scaling.put("original_max_position_embeddings", original);
    }
  }

  private void factors(ArrayNode to, String tensor) {
    for (float value : file.readFloat32(tensor)) {
      to.add(decimal(value));
    }
  }

  private long heads() {
    return positive("attention.head_count");
  }

  private long keyValueHeads() {
    return metadata.has(key("attention.head_count_kv"))
        ? positive("attention.head_count_kv")
        : heads();
  }

  /** Features of a head. */
  private long headDim() {
    if (metadata.has(key("attention.key_length"))) {
      return positive("attention.key_length");
    }
    long hidden = positive("embedding_length");
    if (hidden % heads() != 0) {
      throw new CheckpointException(
          file.source(),
          key("embedding_length") + " " + hidden + " is no multiple of " + heads() + " heads");
    }
    return hidden / heads();
  }

  private long positive(String name) {
    long value = metadata.integer(key(name));
    if (value < 1 || value > Integer.MAX_VALUE) {
      throw new CheckpointException(file.source(), key(name) + " is " + value);
    }
    return value;
  }

  private void integer(String field, String name) {
    json.put(field, positive(name));
  }

  private double number(String name) {
    return decimal(metadata.number(key(name)));
  }

  private double number(String name, double fallback) {
    return metadata.has(key(name)) ? number(name) : fallback;
  }

  /** The shortest decimal of a float32, as the configuration had it: 1e-5, not 9.99999975e-6. */
  private static double decimal(double value) {
    float single = (float) value;
    return single == value ? Double.parseDouble(Float.toString(single)) : value;
  }

  private void token(String field, String name) {
    if (metadata.has("tokenizer.ggml." + name)) {
      json.put(field, metadata.integer("tokenizer.ggml." + name));
    }
  }

  private boolean has(String tensor) {
    return file.tensors().containsKey(tensor);
  }

  private String key(String name) {
    return architecture.id() + "." + name;
  }
}
