package io.github.lora4j.models.gguf;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.models.weights.WeightSource;
import io.github.lora4j.quant.gguf.GgufMatrix;
import io.github.lora4j.quant.gguf.GgufType;
import io.github.lora4j.quant.gguf.StripGgufMatrix;
import io.github.lora4j.tensor.FrozenMatrix;

/**
 * The weights of a GGUF file. What is asked for as it is stored stays in the mapped file; another
 * format is made out of the decoded values. Thread-safe.
 */
public final class GgufWeights implements WeightSource {
  private final Compute compute;
  private final WeightFormat format;
  private final GgufCheckpoint checkpoint;
  private final GgufHeaders headers;

  /** Takes one tensor after the other: the process does not grow by the file. */
  private byte[] read = {};

  /**
   * @param format for the weights of linear layers
   * @param checkpoint stays its owner's; it may be closed once the model is read
   */
  public GgufWeights(Compute compute, WeightFormat format, GgufCheckpoint checkpoint) {
    this.compute = compute;
    this.format = format;
    this.checkpoint = checkpoint;
    this.headers = new GgufHeaders(compute.kernels(), checkpoint);
  }

  @Override
  public String source() {
    return headers.source();
  }

  @Override
  public boolean has(String name) {
    return headers.has(name);
  }

  @Override
  public FrozenMatrix matrix(String name, String module, int out, int in) {
    headers.requireShape(name, out, in);
    return store(format, name, module, out, in);
  }

  /** Rows of a GGUF file are outputs, whatever the checkpoint was that it was made from. */
  @Override
  public FrozenMatrix transposed(String name, String module, int out, int in) {
    headers.requireShape(name, in, out);
    return store(format, name, module, out, in);
  }

  @Override
  public FrozenMatrix table(String name, int rows, int cols) {
    headers.requireShape(name, rows, cols);
    return store(format.tables(), name, name, rows, cols);
  }

  private FrozenMatrix store(WeightFormat form, String name, String module, int out, int in) {
    boolean blocks = checkpoint.type(name) != GgufType.F32;
    return blocks && form == WeightFormat.STORED
        ? checkpoint.matrix(compute.kernels(), name)
        : convert(form, name, module, out, in);
  }

  private synchronized FrozenMatrix convert(
      WeightFormat form, String name, String module, int out, int in) {
    GgufMatrix stored = read(name, checkpoint.type(name).bytes(out, in));
    if (form == WeightFormat.PACKED && stored.type() != GgufType.F32) {
      return packed(stored, name);
    }
    float[] w = new float[Math.multiplyExact(out, in)];
    compute
        .pool()
        .forRanges(
            out,
            64,
            (from, to) -> {
              for (int r = from; r < to; r++) {
                stored.decodeRow(r, w, r * in);
              }
            });
    NamedTensors.requireFinite(source(), name, w);
    try {
      return form.store(compute, module, w, out, in);
    } catch (ArithmeticException e) {
      throw new CheckpointException(source(), name, e.getMessage(), e);
    }
  }

  /** One that is larger than an array is mapped. */
  private GgufMatrix read(String name, long bytes) {
    if (bytes > GgufFile.MAX_ARRAY) {
      return checkpoint.matrix(compute.kernels(), name);
    }
    if (read.length < bytes) {
      read = new byte[(int) bytes];
    }
    return checkpoint.matrix(compute.kernels(), name, read);
  }

  private FrozenMatrix packed(GgufMatrix stored, String name) {
    try {
      return StripGgufMatrix.pack(compute, stored);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(source(), name, e.getMessage(), e);
    }
  }

  @Override
  public float[] read(String name, int... shape) {
    headers.requireShape(name, shape);
    float[] values = checkpoint.readFloat32(name);
    NamedTensors.requireFinite(source(), name, values);
    return values;
  }
}
