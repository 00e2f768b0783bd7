package io.github.lora4j.models.encoder;

import io.github.lora4j.models.bert.BertConfig;
import io.github.lora4j.models.bert.EncoderConfig;
import io.github.lora4j.models.config.ConfigFields;
import io.github.lora4j.models.distilbert.DistilBertConfig;
import io.github.lora4j.models.roberta.RobertaConfig;

/** The families of encoders, told apart by {@code model_type}. */
final class EncoderFamilies {
  private EncoderFamilies() {}

  /**
   * Reads the sizes out of a {@code config.json}.
   *
   * @throws io.github.lora4j.checkpoint.CheckpointException if it is of another family, or not
   *     supported
   */
  static EncoderConfig config(ConfigFields fields) {
    String type = fields.text("model_type", "");
    if (RobertaConfig.MODEL_TYPES.contains(type)) {
      return RobertaConfig.of(fields);
    }
    return switch (type) {
      case BertConfig.MODEL_TYPE -> BertConfig.of(fields);
      case DistilBertConfig.MODEL_TYPE -> DistilBertConfig.of(fields);
      default -> throw fields.unsupported("model_type", "bert, roberta, xlm-roberta, distilbert");
    };
  }
}
