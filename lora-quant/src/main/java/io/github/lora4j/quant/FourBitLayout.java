package io.github.lora4j.quant;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;

/**
 * What is known of a 4-bit weight before it is packed. All sizes in a file follow from it, so that
 * a file can be begun before its weights are packed.
 *
 * @param group scales that share a scale, 0 without double quantization
 * @param dtype the type that the peer computes in, for example {@code float32}
 */
record FourBitLayout(QuantType type, int out, int in, int blockSize, int group, String dtype) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Characters of the longest double, {@code -2.2250738585072014E-308}. */
  private static final int LONGEST_OFFSET = 24;

  /** The layout of a weight that is packed in a given way. */
  static FourBitLayout of(QuantConfig config, int out, int in, String dtype) {
    int group = config.doubleQuant() ? QuantConfig.NESTED_BLOCK : 0;
    return new FourBitLayout(config.type(), out, in, config.blockSize(), group, dtype);
  }

  long weights() {
    return (long) out * in;
  }

  /** Bytes of the codes. */
  long codeBytes() {
    return (weights() + 1) / 2;
  }

  /** Blocks of weights. */
  long blocks() {
    return (weights() + blockSize - 1) / blockSize;
  }

  /** Groups of blocks. */
  long groups() {
    return (blocks() + group - 1) / group;
  }

  /** Bytes of the scales. */
  long scaleBytes() {
    return group == 0 ? Float.BYTES * blocks() : blocks() + Float.BYTES * groups();
  }

  /** Bytes of codes and scales. */
  long bytes() {
    return codeBytes() + scaleBytes();
  }

  /** Bytes of {@link #state}. */
  int stateBytes() {
    return json(0).length() + LONGEST_OFFSET;
  }

  /** The state as JSON, with spaces at its end: its length does not depend on the offset. */
  byte[] state(Absmax absmax) {
    String json = json(absmax instanceof Absmax.Nested nested ? nested.offset() : 0);
    return (json + " ".repeat(stateBytes() - json.length())).getBytes(StandardCharsets.UTF_8);
  }

  private String json(double offset) {
    ObjectNode state = JSON.createObjectNode();
    state.put("quant_type", type.id());
    state.put("blocksize", blockSize);
    state.put("dtype", dtype);
    state.putArray("shape").add(out).add(in);
    if (group > 0) {
      state.put("nested_blocksize", group);
      state.put("nested_dtype", "float32");
      state.put("nested_offset", offset);
    }
    try {
      return JSON.writeValueAsString(state);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
