package io.github.lora4j.models.weights;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.quant.QuantConfig;
import java.util.List;

/** The field {@value #FIELD} of a {@code config.json}: how a checkpoint is quantized. */
public final class QuantizationConfig {
  /** The name of the field. */
  public static final String FIELD = "quantization_config";

  private static final String METHOD = "quant_method";
  private static final String BITSANDBYTES = "bitsandbytes";
  private static final String STORAGE = "bnb_4bit_quant_storage";
  private static final String SKIP = "llm_int8_skip_modules";
  private static final String STORED = "uint8";

  private QuantizationConfig() {}

  /**
   * Accepts a checkpoint that is not quantized, or by bitsandbytes in 4 bits.
   *
   * @param source the file, for the message
   * @param root the whole {@code config.json}
   * @throws CheckpointException if it is quantized in another way; the message names the value
   */
  public static void requireSupported(String source, JsonNode root) {
    JsonNode config = root.path(FIELD);
    if (config.isMissingNode() || config.isNull() || config.isEmpty()) {
      return;
    }
    require(source, METHOD, BITSANDBYTES, config.path(METHOD).asText("missing"));
    require(source, "load_in_4bit", "true", config.path("load_in_4bit").asText("missing"));
    require(source, STORAGE, STORED, config.path(STORAGE).asText(STORED));
  }

  /**
   * Refuses a checkpoint that is quantized in any way.
   *
   * @param source the file, for the message
   * @param root the whole {@code config.json}
   */
  public static void requireNone(String source, JsonNode root) {
    if (!root.path(FIELD).isEmpty()) {
      throw new CheckpointException(source, "the model is quantized already");
    }
  }

  private static void require(String source, String field, String expected, String actual) {
    if (!actual.equals(expected)) {
      throw new CheckpointException(
          source, FIELD + "." + field + " is " + actual + "; supported: " + expected);
    }
  }

  /**
   * The field for weights that are packed in this way, as transformers writes it.
   *
   * @param skip modules that the peer must not expect in 4 bits; empty: its own choice, the heads
   */
  public static ObjectNode of(QuantConfig config, List<String> skip) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("_load_in_4bit", true);
    node.put("_load_in_8bit", false);
    node.put("bnb_4bit_compute_dtype", "float32");
    node.put(STORAGE, STORED);
    node.put("bnb_4bit_quant_type", config.type().id());
    node.put("bnb_4bit_use_double_quant", config.doubleQuant());
    node.put("llm_int8_enable_fp32_cpu_offload", false);
    node.put("llm_int8_has_fp16_weight", false);
    if (skip.isEmpty()) {
      node.putNull(SKIP);
    } else {
      skip.forEach(node.putArray(SKIP)::add);
    }
    node.put("llm_int8_threshold", 6.0);
    node.put("load_in_4bit", true);
    node.put("load_in_8bit", false);
    node.put(METHOD, BITSANDBYTES);
    return node;
  }
}
