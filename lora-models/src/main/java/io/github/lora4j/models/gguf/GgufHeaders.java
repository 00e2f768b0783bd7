package io.github.lora4j.models.gguf;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.compute.Kernels;
import io.github.lora4j.models.weights.WeightBytes;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.models.weights.WeightHeaders;
import io.github.lora4j.models.weights.WeightShape;
import io.github.lora4j.quant.gguf.GgufType;
import io.github.lora4j.quant.gguf.StripGgufMatrix;

/** The tensors of a GGUF file by their Hugging Face names, unread. Thread-safe. */
public final class GgufHeaders implements WeightHeaders {
  private final Kernels kernels;
  private final GgufCheckpoint checkpoint;

  /**
   * @param kernels that would read weights in memory
   * @param checkpoint open while this is asked
   */
  public GgufHeaders(Kernels kernels, GgufCheckpoint checkpoint) {
    this.kernels = kernels;
    this.checkpoint = checkpoint;
  }

  @Override
  public String source() {
    return checkpoint.file().source();
  }

  @Override
  public boolean has(String name) {
    return checkpoint.names().contains(name);
  }

  @Override
  public void requireShape(String name, int... shape) {
    if (!has(name)) {
      throw new CheckpointException(source(), name, "is missing");
    }
    WeightShape.require(source(), name, checkpoint.shape(name), "the metadata say", shape);
  }

  /** As in the checkpoint that the file was made from, whose shapes are asked for. */
  @Override
  public boolean liesTurned(String name) {
    return true;
  }

  @Override
  public WeightBytes bytes(String name, WeightFormat format, int out, int in) {
    GgufType type = checkpoint.type(name);
    long stored = type.bytes(out, in);
    boolean blocks = type != GgufType.F32;
    if (blocks && format == WeightFormat.STORED) {
      return WeightBytes.inFile(stored);
    }
    return blocks && format == WeightFormat.PACKED
        ? WeightBytes.read(StripGgufMatrix.bytes(kernels, type, out, in), stored)
        : WeightBytes.converted(format.bytes(out, in), stored, (long) out * in);
  }
}
