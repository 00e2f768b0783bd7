package io.github.lora4j.models.merge;

import java.util.List;

/** Makes the new values of a tensor out of those of the checkpoint. */
@FunctionalInterface
interface TensorChange {
  /**
   * @param values row-major; may be written to
   * @param shape dimensions, outermost first
   * @return as many values
   * @throws IllegalArgumentException if the shape does not fit; the message goes on after the name
   *     of the tensor
   */
  float[] apply(float[] values, List<Long> shape);
}
