package io.github.lora4j.models.bert;

import java.util.List;
import java.util.regex.Pattern;

/**
 * How the checkpoints of a family call the parts of an encoder. Adapters target its linear modules
 * by these names.
 *
 * @param prefix before all names if the checkpoint has a head, with its dot
 * @param layer before the number of a layer, with its dot
 * @param query and what follows: modules of a layer, in the order in which they compute
 */
public record EncoderNames(
    String prefix,
    String layer,
    String query,
    String key,
    String value,
    String attentionOutput,
    String attentionNorm,
    String intermediate,
    String output,
    String outputNorm) {

  /** Those of BERT; RoBERTa differs in the prefix only. */
  public static EncoderNames bert(String prefix) {
    return new EncoderNames(
        prefix,
        "encoder.layer.",
        "attention.self.query",
        "attention.self.key",
        "attention.self.value",
        "attention.output.dense",
        "attention.output.LayerNorm",
        "intermediate.dense",
        "output.dense",
        "output.LayerNorm");
  }

  /** The linear modules of a layer. */
  List<String> linear() {
    return List.of(query, key, value, attentionOutput, intermediate, output);
  }

  /** The name of a layer. */
  String layer(int index) {
    return layer + index;
  }

  /** A name in a checkpoint without the prefix. */
  String withoutPrefix(String name) {
    return name.startsWith(prefix) ? name.substring(prefix.length()) : name;
  }

  /**
   * True for the names of the weights of linear layers in a checkpoint, but for those of heads. The
   * pooler counts as part of the encoder, as it does for bitsandbytes.
   */
  public boolean isLinearWeight(String name) {
    String inner = withoutPrefix(name);
    if (inner.equals("pooler.dense.weight")) {
      return true;
    }
    return linear().stream()
        .anyMatch(
            module ->
                inner.matches(
                    Pattern.quote(layer) + "\\d+\\." + Pattern.quote(module + ".weight")));
  }
}
