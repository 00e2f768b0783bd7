package io.github.lora4j.models.weights;

import io.github.lora4j.checkpoint.CheckpointException;
import java.util.Arrays;
import java.util.List;

/** The shape that a weight has to have. */
public final class WeightShape {
  private WeightShape() {}

  /**
   * Checks the shape of a weight.
   *
   * @param source the file, for the message
   * @param says who expects the shape, for the message: {@code "config.json says"}
   * @throws CheckpointException if it is another
   */
  public static void require(
      String source, String name, List<Long> actual, String says, int... shape) {
    List<Long> expected = Arrays.stream(shape).mapToObj(d -> (long) d).toList();
    if (!actual.equals(expected)) {
      throw new CheckpointException(
          source, name, "has shape " + actual + ", " + says + " " + expected);
    }
  }
}
