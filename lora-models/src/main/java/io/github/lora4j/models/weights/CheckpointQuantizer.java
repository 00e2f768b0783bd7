package io.github.lora4j.models.weights;

import io.github.lora4j.checkpoint.AtomicFile;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.checkpoint.SafetensorsWriter;
import io.github.lora4j.checkpoint.TensorInfo;
import io.github.lora4j.compute.WorkerPool;
import io.github.lora4j.quant.FourBitWeights;
import io.github.lora4j.quant.QuantState;
import io.github.lora4j.quant.Quantizer;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.function.Predicate;

/**
 * Writes a checkpoint with the weights of its linear layers in 4 bits, as transformers loads it.
 * One weight at a time is in memory in float32; of the others only the scales.
 */
public final class CheckpointQuantizer {
  private static final int PART = 1 << 20;

  private final WorkerPool pool;
  private final Quantizer quantizer;
  private final Predicate<String> isLinear;

  /**
   * @param isLinear which tensors, by their names, are weights of linear layers
   */
  public CheckpointQuantizer(WorkerPool pool, Quantizer quantizer, Predicate<String> isLinear) {
    this.pool = pool;
    this.quantizer = quantizer;
    this.isLinear = isLinear;
  }

  /** What was written. */
  public record Report(int quantized, int kept, long weights, long bytes) {}

  /**
   * Reads all tensors and writes one safetensors file, aside and then moved into place.
   *
   * @throws CheckpointException if a tensor is damaged, a weight is not finite, or the file cannot
   *     be written
   */
  public Report write(NamedTensors from, Path to) {
    SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
    int quantized = 0;
    int kept = 0;
    long weights = 0;
    long bytes = 0;
    for (String name : from.names()) {
      if (QuantState.isPart(name)) {
        throw new CheckpointException(from.source(), name, "the model is quantized already");
      }
      TensorInfo info = from.info(name);
      if (isLinear.test(name) && info.shape().size() == 2) {
        FourBitWeights packed = quantize(from, name);
        QuantState.add(
            writer, name, packed, () -> quantize(from, name).packed(), torchName(info.dtype()));
        quantized++;
        weights += info.elementCount();
        bytes += packed.bytes();
      } else {
        writer.add(name, info.dtype(), info.shape(), channel -> copy(from, name, channel));
        kept++;
      }
    }
    writer.write(to);
    return new Report(quantized, kept, weights, bytes);
  }

  private FourBitWeights quantize(NamedTensors from, String name) {
    TensorInfo info = from.info(name);
    int out = Math.toIntExact(info.shape().get(0));
    int in = Math.toIntExact(info.shape().get(1));
    try {
      return quantizer.quantize(pool, from.readFloat32(name), out, in);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(from.source(), name, e.getMessage(), e);
    }
  }

  private static String torchName(DType dtype) {
    return switch (dtype) {
      case F16 -> "float16";
      case BF16 -> "bfloat16";
      default -> "float32";
    };
  }

  private static void copy(NamedTensors from, String name, WritableByteChannel channel)
      throws IOException {
    long length = from.info(name).byteLength();
    for (long at = 0; at < length; at += PART) {
      AtomicFile.writeFully(channel, from.bytes(name, at, (int) Math.min(PART, length - at)));
    }
  }
}
