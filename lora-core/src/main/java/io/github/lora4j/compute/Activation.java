package io.github.lora4j.compute;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The activation functions of feed-forward layers, with their names in {@code config.json}. */
public enum Activation {
  /** {@code x * Phi(x)} with the exact normal distribution. */
  GELU("gelu", "gelu_python"),
  /** The approximation of GELU by a hyperbolic tangent. */
  GELU_TANH("gelu_new", "gelu_pytorch_tanh", "gelu_fast"),
  /** {@code max(x, 0)}. */
  RELU("relu"),
  /** {@code x / (1 + exp(-x))}. */
  SILU("silu", "swish"),
  /** The hyperbolic tangent. */
  TANH("tanh");

  private final List<String> names;

  Activation(String... names) {
    this.names = List.of(names);
  }

  /** Its name in {@code hidden_act}. */
  public String id() {
    return names.get(0);
  }

  /** The activation of this name in Hugging Face's {@code hidden_act}. */
  public static Optional<Activation> of(String name) {
    return Arrays.stream(values()).filter(a -> a.names.contains(name)).findFirst();
  }

  /** All names that {@link #of} knows. */
  public static List<String> knownNames() {
    return Arrays.stream(values()).flatMap(a -> a.names.stream()).toList();
  }
}
