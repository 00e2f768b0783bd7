package io.github.lora4j.models.gguf;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.compute.Kernels;
import io.github.lora4j.models.weights.Transpose;
import io.github.lora4j.names.NearestNames;
import io.github.lora4j.quant.gguf.GgufMatrix;
import io.github.lora4j.quant.gguf.GgufType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A GGUF file seen as the Hugging Face checkpoint that llama.cpp's converter made it from: tensors
 * under their names there with their rows in the order they have there, and the configuration.
 * Known are the architectures llama (Llama, Mistral, SmolLM2), qwen2, qwen3, gemma2, gemma3, phi3,
 * falcon, gpt2 and gptneox. Thread-safe.
 */
public final class GgufCheckpoint implements AutoCloseable {
  /** What the configuration tells, and what can be computed. */
  private static final Set<String> NO_WEIGHTS =
      Set.of("rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight");

  private final GgufFile file;
  private final GgufArchitecture architecture;
  private final ObjectNode config;

  /** By Hugging Face name the name in the file. */
  private final Map<String, String> names;

  private GgufCheckpoint(
      GgufFile file, GgufArchitecture architecture, ObjectNode config, Map<String, String> names) {
    this.file = file;
    this.architecture = architecture;
    this.config = config;
    this.names = names;
  }

  /**
   * Opens a file.
   *
   * @throws CheckpointException if it cannot be read, is damaged, is of an architecture that is not
   *     known, or has tensors that the architecture is not known to have
   */
  public static GgufCheckpoint open(Path path) {
    GgufFile file = GgufFile.open(path);
    try {
      GgufArchitecture architecture = GgufArchitecture.of(file);
      ObjectNode config = GgufConfig.of(file, architecture);
      GgufCheckpoint checkpoint =
          new GgufCheckpoint(file, architecture, config, names(file, architecture));
      file = null;
      return checkpoint;
    } finally {
      if (file != null) {
        file.close();
      }
    }
  }

  private static Map<String, String> names(GgufFile file, GgufArchitecture architecture) {
    Map<String, String> names = new LinkedHashMap<>();
    for (String tensor : file.tensors().keySet()) {
      if (NO_WEIGHTS.contains(tensor) || tensor.endsWith(".attn_rot_embd.weight")) {
        continue;
      }
      String name =
          architecture
              .name(tensor)
              .orElseThrow(
                  () ->
                      new CheckpointException(
                          file.source(),
                          tensor,
                          "is not known in the architecture " + architecture.id()));
      if (architecture == GgufArchitecture.FALCON && tensor.contains(".attn_norm.")) {
        // With two norms this one is for the feed-forward layers.
        boolean two = file.tensors().containsKey(tensor.replace(".attn_norm.", ".attn_norm_2."));
        name = two ? name.replace(".input_layernorm.", ".ln_mlp.") : name;
      }
      names.put(name, tensor);
    }
    return Collections.unmodifiableMap(names);
  }

  /** The file. */
  public GgufFile file() {
    return file;
  }

  /**
   * A new copy of the configuration with the fields of a Hugging Face {@code config.json}. A {@code
   * rope_freqs.weight} of the file becomes {@code rope_scaling} of the {@code rope_type} {@code
   * gguf_factors}, with an array {@code factors}: each frequency is divided by its factor.
   */
  public ObjectNode config() {
    return config.deepCopy();
  }

  /** All Hugging Face names, in the order of the file; unmodifiable. */
  public Set<String> names() {
    return names.keySet();
  }

  /**
   * How a tensor is stored.
   *
   * @throws CheckpointException if there is none of this name, or its type is not supported
   */
  public GgufType type(String name) {
    return file.type(stored(name));
  }

  /**
   * The shape of a tensor in the Hugging Face checkpoint: {@code [out, in]} for linear layers, but
   * {@code [in, out]} for those of GPT-2, as in {@link #readFloat32}.
   *
   * @throws CheckpointException if there is none of this name
   */
  public List<Long> shape(String name) {
    List<Long> shape = file.tensor(stored(name)).shape();
    if (!isTransposed(name)) {
      return shape;
    }
    List<Long> reversed = new ArrayList<>(shape);
    Collections.reverse(reversed);
    return List.copyOf(reversed);
  }

  /** The tensor in the file, which has outputs as rows whatever the family. */
  GgufTensor tensor(String name) {
    return file.tensor(stored(name));
  }

  /** Where in the file the rows of a matrix lie, or null if in their order. */
  int[] rowOrder(String name) {
    GgufTensor tensor = tensor(name);
    return order(tensor.name(), Math.toIntExact(tensor.shape().get(0)));
  }

  /**
   * A weight of {@code [out, in]} that stays in the file as it is stored, with its rows in the
   * order of Hugging Face. A linear layer of GPT-2 has outputs as rows here, too.
   *
   * @param kernels that decode
   * @throws CheckpointException if there is none of this name, it is no matrix, its type is not
   *     supported, or the file was closed
   */
  public GgufMatrix matrix(Kernels kernels, String name) {
    String stored = matrixName(name);
    return ordered(kernels, stored, file.matrix(kernels, stored));
  }

  /**
   * The same read into an array, from its beginning on, which must not be changed as long as the
   * weight is used.
   *
   * @param to at least as long as the tensor
   * @throws CheckpointException as {@link #matrix(Kernels, String)}
   */
  GgufMatrix matrix(Kernels kernels, String name, byte[] to) {
    String stored = matrixName(name);
    return ordered(kernels, stored, file.matrix(kernels, stored, to));
  }

  private String matrixName(String name) {
    String stored = stored(name);
    if (file.tensor(stored).shape().size() != 2) {
      throw new CheckpointException(
          file.source(), stored, "has shape " + file.tensor(stored).shape() + ", is no matrix");
    }
    return stored;
  }

  /**
   * A whole tensor decoded to float32, row-major, with the values and the {@link #shape} of the
   * Hugging Face checkpoint (but for the rounding of the stored type).
   *
   * @throws CheckpointException if there is none of this name, its type is not supported, it has
   *     more than 2^31 - 9 elements, or the file was closed
   */
  public float[] readFloat32(String name) {
    String stored = stored(name);
    if (file.tensor(stored).shape().size() == 1) {
      return vector(stored);
    }
    GgufMatrix matrix = ordered(Kernels.plain(), stored, file.matrix(Kernels.plain(), stored));
    float[] values = file.decode(stored, matrix);
    return isTransposed(name) ? Transpose.floats(values, matrix.in()) : values;
  }

  private float[] vector(String stored) {
    float[] values = file.readFloat32(stored);
    if (architecture.normsPlusOne() && stored.endsWith("norm.weight")) {
      for (int i = 0; i < values.length; i++) {
        values[i] -= 1f;
      }
    }
    int[] order = order(stored, values.length);
    if (order == null) {
      return values;
    }
    float[] ordered = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      ordered[i] = values[order[i]];
    }
    return ordered;
  }

  private GgufMatrix ordered(Kernels kernels, String stored, GgufMatrix matrix) {
    int[] order = order(stored, matrix.out());
    return order == null
        ? matrix
        : new GgufMatrix(
            kernels, matrix.type(), matrix.out(), matrix.in(), matrix.rows().inOrder(order));
  }

  /** The order of rows, or null if it is that of the file. */
  private int[] order(String stored, int rows) {
    return new HeadRows(file.source(), architecture, config).order(file.source(), stored, rows);
  }

  /** Linear layers of GPT-2 have their inputs as rows there. */
  private boolean isTransposed(String name) {
    return architecture == GgufArchitecture.GPT2
        && name.endsWith(".weight")
        && (name.contains(".attn.c_") || name.contains(".mlp.c_"));
  }

  private String stored(String name) {
    String stored = names.get(name);
    if (stored == null) {
      throw new CheckpointException(
          file.source(),
          name,
          "is not in this checkpoint; nearest: " + NearestNames.of(name, names(), 3));
    }
    return stored;
  }

  /** Closes the file; matrices stay usable. */
  @Override
  public void close() {
    file.close();
  }
}
