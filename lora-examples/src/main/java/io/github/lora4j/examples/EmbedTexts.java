package io.github.lora4j.examples;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.models.encoder.TextEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Sentence embeddings of a model: the embedded one, or a directory, also with weights in 4 bits.
 */
public final class EmbedTexts {
  private EmbedTexts() {}

  /** Arguments are the model and a file with a text in each line; prints an array for each. */
  public static void main(String[] args) throws Exception {
    if (args.length != 2) {
      throw new IllegalArgumentException("usage: EmbedTexts MODEL FILE");
    }
    for (float[] embedding : embed(args[0], Files.readAllLines(Path.of(args[1])))) {
      System.out.println(Arrays.toString(embedding));
    }
  }

  /** The mean of the last hidden states of each text. */
  static float[][] embed(String model, List<String> texts) {
    try (Compute compute = Compute.create();
        TextEncoder encoder = TextEncoder.open(compute, model, 128)) {
      return encoder.embed(texts, ActiveAdapter.NONE);
    }
  }
}
