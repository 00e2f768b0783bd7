package io.github.lora4j.models.gguf;

import io.github.lora4j.quant.gguf.GgufType;
import java.util.List;

/**
 * A tensor of a GGUF file.
 *
 * @param name such as {@code blk.0.attn_q.weight}
 * @param typeId the number of its type; {@link GgufType#of} fails for those that cannot be decoded
 * @param shape row-major: the dimension along which values lie one after the other is the last
 *     (GGUF files state it first)
 * @param offset of its first byte in the file
 */
public record GgufTensor(String name, int typeId, List<Long> shape, long offset) {
  /** The product of the dimensions. */
  public long elementCount() {
    return shape.stream().reduce(1L, (a, b) -> a * b);
  }

  /** The last dimension: values of a row. */
  public long columns() {
    return shape.get(shape.size() - 1);
  }
}
