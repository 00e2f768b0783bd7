package io.github.lora4j.quant;

import io.github.lora4j.checkpoint.AtomicFile;
import io.github.lora4j.checkpoint.SafetensorsWriter;
import io.github.lora4j.compute.WorkerPool;
import java.nio.ByteBuffer;
import java.util.function.Supplier;

/**
 * Adds weights to a file that are computed and packed while it is written. In memory are the values
 * of one weight and the scales of the last. Not thread-safe.
 */
public final class LatePacking {
  private final WorkerPool pool;
  private String packed;
  private Absmax scales;

  /** Packs with the threads of a pool. */
  public LatePacking(WorkerPool pool) {
    this.pool = pool;
  }

  /**
   * Adds all parts of a weight, as {@link QuantState} reads them.
   *
   * @param info shape and packing
   * @param values row-major {@code [out, in]}, all finite; called once, when the file is written
   */
  public void add(
      SafetensorsWriter writer, String name, PackedInfo info, Supplier<float[]> values) {
    FourBitLayout layout = FourBitLayout.of(info.config(), info.out(), info.in(), info.dtype());
    QuantState.add(
        writer,
        name,
        layout,
        channel -> {
          FourBitWeights weights =
              new Quantizer(info.config()).quantize(pool, values.get(), info.out(), info.in());
          AtomicFile.writeFully(channel, ByteBuffer.wrap(weights.packed()));
          packed = name;
          scales = weights.absmax();
        },
        () -> scalesOf(name));
  }

  private Absmax scalesOf(String name) {
    if (!name.equals(packed)) {
      throw new IllegalStateException(name + " is not the weight that was packed last");
    }
    return scales;
  }
}
