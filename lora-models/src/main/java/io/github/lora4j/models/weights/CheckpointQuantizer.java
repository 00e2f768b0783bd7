package io.github.lora4j.models.weights;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.checkpoint.SafetensorsWriter;
import io.github.lora4j.checkpoint.TensorInfo;
import io.github.lora4j.compute.WorkerPool;
import io.github.lora4j.quant.QuantState;
import io.github.lora4j.quant.Quantizer;
import io.github.lora4j.quant.StreamingQuantizer;
import java.nio.file.Path;
import java.util.function.Predicate;

/**
 * Writes a checkpoint with the weights of its linear layers in 4 bits, as transformers loads it.
 * Weights are read and packed in parts, once: the memory that it takes hardly depends on the model.
 */
public final class CheckpointQuantizer {
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
    StreamingQuantizer streaming = new StreamingQuantizer(pool, quantizer, from);
    TensorCopy copy = new TensorCopy(from);
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
        bytes += streaming.add(writer, name);
        quantized++;
        weights += info.elementCount();
      } else {
        copy.add(writer, name);
        kept++;
      }
    }
    writer.write(to);
    return new Report(quantized, kept, weights, bytes);
  }
}
