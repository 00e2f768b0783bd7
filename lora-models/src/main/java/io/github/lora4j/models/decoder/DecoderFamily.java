package io.github.lora4j.models.decoder;

import io.github.lora4j.models.config.ConfigFields;
import io.github.lora4j.models.weights.WeightSource;
import java.util.Set;

/** A family of decoders: how to read its configuration and its weights. Stateless. */
public interface DecoderFamily {
  /** The {@code model_type} of {@code config.json}. */
  String modelType();

  /**
   * Reads a model.
   *
   * @throws io.github.lora4j.checkpoint.CheckpointException if a field or a weight is missing,
   *     wrong, or asks for what is not supported
   */
  DecoderModel load(ConfigFields fields, WeightSource weights);

  /** Fields of {@code config.json} that do not change what any of these models computes. */
  Set<String> HARMLESS =
      Set.of(
          "architectures",
          "attention_dropout",
          "attn_pdrop",
          "auto_map",
          "bos_token_id",
          "chunk_size_feed_forward",
          "classifier_dropout",
          "dtype",
          "embd_pdrop",
          "eos_token_id",
          "hidden_dropout",
          "id2label",
          "initializer_range",
          "is_llama_config",
          "keys_to_ignore_at_inference",
          "label2id",
          "max_window_layers",
          "model_type",
          "n_ctx",
          "output_attentions",
          "output_hidden_states",
          "pad_token_id",
          "pretraining_tp",
          "problem_type",
          "quantization_config",
          "resid_pdrop",
          "return_dict",
          "rope_interleaved",
          "sep_token_id",
          "summary_activation",
          "summary_first_dropout",
          "summary_proj_to_labels",
          "summary_type",
          "summary_use_proj",
          "task_specific_params",
          "torch_dtype",
          "transformers.js_config",
          "transformers_version",
          "unk_token_id",
          "use_cache");
}
