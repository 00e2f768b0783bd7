package io.github.lora4j.models.decoder;

import io.github.lora4j.tensor.FrozenMatrix;
import java.util.Map;
import java.util.Optional;

/** Looks for NaN and infinity in weights that nobody searched because they stay in a file. */
final class NonFiniteWeights {
  private NonFiniteWeights() {}

  /** The first such value, with the name of its weight; every weight is decoded for it. */
  static Optional<String> find(Map<String, FrozenMatrix> weights) {
    for (Map.Entry<String, FrozenMatrix> entry : weights.entrySet()) {
      FrozenMatrix weight = entry.getValue();
      float[] line = new float[weight.in()];
      for (int row = 0; row < weight.out(); row++) {
        weight.decodeRow(row, line, 0);
        for (int col = 0; col < line.length; col++) {
          if (!Float.isFinite(line[col])) {
            return Optional.of(
                "the weight of '"
                    + entry.getKey()
                    + "' is "
                    + line[col]
                    + " at row "
                    + row
                    + ", column "
                    + col);
          }
        }
      }
    }
    return Optional.empty();
  }
}
