package io.github.lora4j.models.weights;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.checkpoint.TensorInfo;
import io.github.lora4j.compute.Kernels;
import io.github.lora4j.quant.gguf.GgufMatrix;
import io.github.lora4j.quant.gguf.GgufType;
import io.github.lora4j.quant.gguf.PackedRows;
import io.github.lora4j.tensor.FrozenMatrix;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Weights of 16 bits that stay in the mapped file of a checkpoint. */
final class MappedWeights {
  /** Bytes that are mapped at a time, about: what is larger has several parts. */
  private static final int PART = 1 << 30;

  private MappedWeights() {}

  /** The type in which a matrix can stay in the file, or nothing if products need a copy of it. */
  private static Optional<GgufType> type(DType stored) {
    // These types of GGUF are those of safetensors, byte for byte.
    return switch (stored) {
      case BF16 -> Optional.of(GgufType.BF16);
      case F16 -> Optional.of(GgufType.F16);
      default -> Optional.empty();
    };
  }

  /** True for the types in which a matrix stays in the file. */
  static boolean canStay(DType stored) {
    return type(stored).isPresent();
  }

  /**
   * A matrix in the file. It stays usable when the checkpoint is closed, and its values are not
   * looked at.
   *
   * @param name of a tensor {@code [out, in]}
   * @return empty if it is not of a type that can stay there
   * @throws CheckpointException if it cannot be mapped
   */
  static Optional<FrozenMatrix> find(
      Kernels kernels, NamedTensors weights, String name, int out, int in) {
    return type(weights.info(name).dtype())
        .map(type -> new GgufMatrix(kernels, type, out, in, rows(weights, name, out, PART)));
  }

  /** All rows, in mapped parts of about so many bytes. */
  static PackedRows rows(NamedTensors weights, String name, int out, int part) {
    TensorInfo info = weights.info(name);
    int rowBytes = Math.toIntExact(info.byteLength() / out);
    long partBytes = (long) Math.max(1, part / rowBytes) * rowBytes;
    List<ByteBuffer> parts = new ArrayList<>();
    for (long at = 0; at < info.byteLength(); at += partBytes) {
      int length = (int) Math.min(partBytes, info.byteLength() - at);
      parts.add(weights.bytes(name, at, length));
    }
    return PackedRows.of(parts, out, rowBytes);
  }
}
