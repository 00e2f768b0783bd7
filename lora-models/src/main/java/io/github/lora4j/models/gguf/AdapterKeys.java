package io.github.lora4j.models.gguf;

/** Metadata and names of an adapter in a GGUF file, those of llama.cpp first, then our own. */
final class AdapterKeys {
  static final String ARCHITECTURE = "general.architecture";
  static final String GENERAL_TYPE = "general.type";
  static final String ADAPTER = "adapter";
  static final String NAME = "general.name";
  static final String TYPE = "adapter.type";
  static final String LORA = "lora";
  static final String ALPHA = "adapter.lora.alpha";

  /** Tokens after which alone an activated LoRA applies. */
  static final String INVOCATION = "adapter.alora.invocation_tokens";

  static final String A = ".lora_a";
  static final String B = ".lora_b";

  /** What llama.cpp skips in an adapter. */
  static final String NORM = "_norm.weight";

  static final String EMBEDDINGS = "token_embd.weight";

  static final String BASE_NAME = "lora4j.base_model";
  static final String FINGERPRINT = "lora4j.base_fingerprint";
  static final String EXTRA = "lora4j.extra.";

  private AdapterKeys() {}
}
