package io.github.lora4j.models.batch;

import io.github.lora4j.autograd.Tape;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.tensor.Ragged;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Takes many sequences through a model, in parts that fit the cache and run side by side. Few
 * sequences go in one part, whose operations are shared out among the threads instead.
 */
public final class ParallelInference {
  /**
   * Tokens of a part: enough rows for fast products, few enough for their activations to stay near.
   */
  private static final int TOKENS = 512;

  private ParallelInference() {}

  /** How sequences are divided. */
  public static List<BatchPart> parts(Ragged sequences) {
    return BatchPart.ofTokens(sequences, TOKENS);
  }

  /**
   * Runs {@code body} for each part, on a tape that is closed afterwards. Bodies run on several
   * threads at once.
   */
  public static void run(Compute compute, Ragged sequences, BiConsumer<BatchPart, Tape> body) {
    List<BatchPart> parts = parts(sequences);
    Compute each = parts.size() < compute.pool().threads() ? compute : compute.serial();
    compute
        .pool()
        .forEach(
            parts.size(),
            i -> {
              try (Tape tape = Tape.inference(each)) {
                body.accept(parts.get(i), tape);
              }
            });
  }
}
