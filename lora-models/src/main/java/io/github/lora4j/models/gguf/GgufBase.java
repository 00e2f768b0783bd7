package io.github.lora4j.models.gguf;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.lora4j.checkpoint.CheckpointException;
import java.util.Optional;

/**
 * What the linear modules of a decoder are called in GGUF files, and how their rows are ordered
 * there. Adapters in GGUF files need it: such a file says neither. Immutable and thread-safe.
 */
public final class GgufBase {
  private static final String WEIGHT = ".weight";

  private final String source;
  private final GgufArchitecture architecture;
  private final HeadRows rows;

  private GgufBase(String source, GgufArchitecture architecture, HeadRows rows) {
    this.source = source;
    this.architecture = architecture;
    this.rows = rows;
  }

  /**
   * Of a model that a configuration describes.
   *
   * @param source what the configuration is called in messages
   * @param config with the fields of a Hugging Face {@code config.json}; copied
   * @throws CheckpointException if its {@code model_type} has no known architecture in GGUF files
   */
  public static GgufBase of(String source, ObjectNode config) {
    String type = config.path("model_type").asText("");
    GgufArchitecture architecture =
        GgufArchitecture.ofModelType(type)
            .orElseThrow(
                () ->
                    new CheckpointException(
                        source, "model_type '" + type + "' has no known form in GGUF files"));
    return new GgufBase(
        source, architecture, new HeadRows(source, architecture, config.deepCopy()));
  }

  /** What the configuration is called in messages. */
  public String source() {
    return source;
  }

  /** The {@code general.architecture} of GGUF files of this model, such as {@code llama}. */
  public String architecture() {
    return architecture.id();
  }

  /** True if checkpoints of the model hold linear weights as {@code [in, out]}, as GPT-2's do. */
  public boolean isTransposed() {
    return architecture == GgufArchitecture.GPT2;
  }

  /**
   * The module whose weight a tensor is, such as {@code model.layers.0.self_attn.q_proj} for {@code
   * blk.0.attn_q.weight}; empty if the architecture has no such tensor.
   */
  public Optional<String> module(String tensor) {
    return architecture
        .name(tensor)
        .filter(name -> name.endsWith(WEIGHT))
        .map(name -> name.substring(0, name.length() - WEIGHT.length()));
  }

  /** The tensor that the weight of a module is; empty if the architecture has no such module. */
  public Optional<String> tensor(String module) {
    return architecture.stored(module + WEIGHT);
  }

  /**
   * A matrix with rows in the order of Hugging Face.
   *
   * @param file what the matrix is of, in messages
   * @param tensor the matrix, named as the weight in GGUF files, or longer
   * @param values row-major, rows as in GGUF files
   * @param columns of the matrix
   * @return the array itself if the order is the same
   * @throws CheckpointException if there are not as many rows as the model's heads have
   */
  float[] toHuggingFace(String file, String tensor, float[] values, int columns) {
    int[] order = rows.order(file, tensor, values.length / columns);
    if (order == null) {
      return values;
    }
    float[] ordered = new float[values.length];
    for (int row = 0; row < order.length; row++) {
      System.arraycopy(values, order[row] * columns, ordered, row * columns, columns);
    }
    return ordered;
  }

  /**
   * The inverse of {@link #toHuggingFace}: a matrix with rows in the order of GGUF files.
   *
   * @throws CheckpointException if there are not as many rows as the model's heads have
   */
  public float[] toGguf(String file, String tensor, float[] values, int columns) {
    int[] order = rows.order(file, tensor, values.length / columns);
    if (order == null) {
      return values;
    }
    float[] ordered = new float[values.length];
    for (int row = 0; row < order.length; row++) {
      System.arraycopy(values, row * columns, ordered, order[row] * columns, columns);
    }
    return ordered;
  }
}
