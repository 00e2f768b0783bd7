package io.github.lora4j.adapter;

import io.github.lora4j.lora.LoraConfig;
import java.util.Set;

/** What PEFT calls the tensors in an adapter's file that are no update, and when they are there. */
final class SavedNames {
  static final String WEIGHT = ".weight";
  static final String BIAS = ".bias";

  /** The base's own weight under an update; PEFT adds it for embeddings and output layers. */
  static final String BASE_WEIGHT = ".base_layer.weight";

  /** Rows of some tokens, whole although the name says otherwise. */
  static final String TOKENS = ".token_adapter.trainable_tokens_delta";

  /** What PEFT's {@code save_embedding_layers} adds is called so. */
  private static final Set<String> EMBEDDINGS =
      Set.of("embed_tokens", "lm_head", "wte", "embed_in", "embed_out", "word_embeddings");

  private SavedNames() {}

  /** Whether an adapter of this configuration may have the tensor. */
  static boolean belongs(String tensor, LoraConfig config) {
    if (tensor.endsWith(TOKENS)) {
      return !config.trainableTokens(module(tensor, TOKENS)).isEmpty();
    }
    if (config.modulesToSave().stream().anyMatch(saved -> LoraAdapter.belongsTo(tensor, saved))) {
      return true;
    }
    String end = tensor.endsWith(BASE_WEIGHT) ? BASE_WEIGHT : WEIGHT;
    if (!tensor.endsWith(end)) {
      return false;
    }
    String module = module(tensor, end);
    return end.equals(BASE_WEIGHT)
        || EMBEDDINGS.contains(module.substring(module.lastIndexOf('.') + 1));
  }

  /** A tensor's name without its end. */
  static String module(String tensor, String end) {
    return tensor.substring(0, tensor.length() - end.length());
  }
}
