package io.github.lora4j.models.gguf;

import io.github.lora4j.checkpoint.CheckpointException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The architectures whose tensors have known names, and those names in GGUF files and in Hugging
 * Face checkpoints. Source: {@code tensor_mapping.py} of gguf-py.
 */
enum GgufArchitecture {
  /** Llama, Mistral, SmolLM2. */
  LLAMA("llama", "llama", "model.layers.", Names.OUTER, Names.LLAMA),
  QWEN2("qwen2", "qwen2", "model.layers.", Names.OUTER, Names.LLAMA),
  QWEN3("qwen3", "qwen3", "model.layers.", Names.OUTER, Names.LLAMA),
  GEMMA2("gemma2", "gemma2", "model.layers.", Names.OUTER, Names.GEMMA),
  GEMMA3("gemma3", "gemma3_text", "model.layers.", Names.OUTER, Names.GEMMA),
  PHI3("phi3", "phi3", "model.layers.", Names.OUTER, Names.PHI),
  FALCON(
      "falcon",
      "falcon",
      "transformer.h.",
      Map.of(
          "token_embd", "transformer.word_embeddings",
          "output_norm", "transformer.ln_f",
          "output", "lm_head"),
      Map.of(
          "attn_norm", "input_layernorm",
          "attn_norm_2", "ln_attn",
          "attn_qkv", "self_attention.query_key_value",
          "attn_output", "self_attention.dense",
          "ffn_norm", "post_attention_layernorm",
          "ffn_up", "mlp.dense_h_to_4h",
          "ffn_down", "mlp.dense_4h_to_h")),
  GPT2(
      "gpt2",
      "gpt2",
      "transformer.h.",
      Map.of(
          "token_embd", "transformer.wte",
          "position_embd", "transformer.wpe",
          "output_norm", "transformer.ln_f",
          "output", "lm_head"),
      Map.of(
          "attn_norm", "ln_1",
          "attn_qkv", "attn.c_attn",
          "attn_output", "attn.c_proj",
          "ffn_norm", "ln_2",
          "ffn_up", "mlp.c_fc",
          "ffn_down", "mlp.c_proj")),
  GPTNEOX(
      "gptneox",
      "gpt_neox",
      "gpt_neox.layers.",
      Map.of(
          "token_embd", "gpt_neox.embed_in",
          "output_norm", "gpt_neox.final_layer_norm",
          "output", "embed_out"),
      Map.of(
          "attn_norm", "input_layernorm",
          "attn_qkv", "attention.query_key_value",
          "attn_output", "attention.dense",
          "ffn_norm", "post_attention_layernorm",
          "ffn_up", "mlp.dense_h_to_4h",
          "ffn_down", "mlp.dense_4h_to_h"));

  /** Names with several users. */
  private static final class Names {
    static final Map<String, String> OUTER =
        Map.of(
            "token_embd", "model.embed_tokens",
            "output_norm", "model.norm",
            "output", "lm_head");
    static final Map<String, String> LLAMA =
        Map.ofEntries(
            Map.entry("attn_norm", "input_layernorm"),
            Map.entry("attn_q", "self_attn.q_proj"),
            Map.entry("attn_k", "self_attn.k_proj"),
            Map.entry("attn_v", "self_attn.v_proj"),
            Map.entry("attn_output", "self_attn.o_proj"),
            Map.entry("attn_q_norm", "self_attn.q_norm"),
            Map.entry("attn_k_norm", "self_attn.k_norm"),
            Map.entry("ffn_norm", "post_attention_layernorm"),
            Map.entry("ffn_gate", "mlp.gate_proj"),
            Map.entry("ffn_up", "mlp.up_proj"),
            Map.entry("ffn_down", "mlp.down_proj"));
    static final Map<String, String> GEMMA =
        with(
            LLAMA,
            Map.of(
                "post_attention_norm", "post_attention_layernorm",
                "ffn_norm", "pre_feedforward_layernorm",
                "post_ffw_norm", "post_feedforward_layernorm"));
    static final Map<String, String> PHI =
        with(LLAMA, Map.of("attn_qkv", "self_attn.qkv_proj", "ffn_up", "mlp.gate_up_proj"));

    private static Map<String, String> with(Map<String, String> names, Map<String, String> others) {
      Map<String, String> all = new HashMap<>(names);
      all.putAll(others);
      return Map.copyOf(all);
    }
  }

  private static final Pattern IN_BLOCK = Pattern.compile("blk\\.(\\d+)\\.(\\w+)\\.(weight|bias)");
  private static final Pattern IN_LAYER = Pattern.compile("(\\d+)\\.(.+)");
  private static final Pattern OUTSIDE = Pattern.compile("(\\w+)\\.(weight|bias)");

  private final String id;
  private final String modelType;
  private final String layers;
  private final Map<String, String> outer;
  private final Map<String, String> inBlock;

  GgufArchitecture(
      String id,
      String modelType,
      String layers,
      Map<String, String> outer,
      Map<String, String> inBlock) {
    this.id = id;
    this.modelType = modelType;
    this.layers = layers;
    this.outer = outer;
    this.inBlock = inBlock;
  }

  /** The architecture to which models of a {@code model_type} of Hugging Face are converted. */
  static Optional<GgufArchitecture> ofModelType(String modelType) {
    String stated = modelType.equals("mistral") ? LLAMA.modelType : modelType;
    return Arrays.stream(values())
        .filter(architecture -> architecture.modelType.equals(stated))
        .findFirst();
  }

  /** The architecture that a file states. */
  static GgufArchitecture of(GgufFile file) {
    String stated = file.metadata().string("general.architecture");
    return Arrays.stream(values())
        .filter(architecture -> architecture.id.equals(stated))
        .findFirst()
        .orElseThrow(
            () ->
                new CheckpointException(
                    file.source(),
                    "general.architecture is '"
                        + stated.lines().findFirst().orElse("")
                        + "'; known are "
                        + String.join(
                            ", ", Arrays.stream(values()).map(known -> known.id).toList())));
  }

  /** The value of {@code general.architecture}, which metadata keys begin with. */
  String id() {
    return id;
  }

  /** The {@code model_type} of Hugging Face. */
  String modelType() {
    return modelType;
  }

  /** The Hugging Face name of a tensor, if it has one. */
  Optional<String> name(String tensor) {
    Matcher block = IN_BLOCK.matcher(tensor);
    if (block.matches()) {
      return Optional.ofNullable(inBlock.get(block.group(2)))
          .map(name -> layers + block.group(1) + "." + name + "." + block.group(3));
    }
    Matcher outside = OUTSIDE.matcher(tensor);
    return outside.matches()
        ? Optional.ofNullable(outer.get(outside.group(1)))
            .map(name -> name + "." + outside.group(2))
        : Optional.empty();
  }

  /** The name in GGUF files of a tensor of a Hugging Face checkpoint, if it has one. */
  Optional<String> stored(String name) {
    int end = name.lastIndexOf('.');
    if (end < 0) {
      return Optional.empty();
    }
    String module = name.substring(0, end);
    String kind = name.substring(end);
    Optional<String> outside = key(outer, module);
    if (outside.isPresent()) {
      return outside.map(key -> key + kind);
    }
    Matcher layer =
        IN_LAYER.matcher(module.startsWith(layers) ? module.substring(layers.length()) : "");
    return layer.matches()
        ? key(inBlock, layer.group(2)).map(key -> "blk." + layer.group(1) + "." + key + kind)
        : Optional.empty();
  }

  private static Optional<String> key(Map<String, String> names, String value) {
    return names.entrySet().stream()
        .filter(entry -> entry.getValue().equals(value))
        .map(Map.Entry::getKey)
        .findFirst();
  }

  /** True if norm weights are stored with 1 added. */
  boolean normsPlusOne() {
    return this == GEMMA2 || this == GEMMA3;
  }
}
