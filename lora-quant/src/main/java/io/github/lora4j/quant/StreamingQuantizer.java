package io.github.lora4j.quant;

import io.github.lora4j.checkpoint.AtomicFile;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.checkpoint.Float32Reader;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.checkpoint.SafetensorsWriter;
import io.github.lora4j.checkpoint.TensorInfo;
import io.github.lora4j.compute.WorkerPool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * Packs weights from one file to another, a part at a time, with the result of {@link Quantizer}
 * bit for bit. Each weight is read and packed once, while the file is written. In memory are one
 * part and the scales of one weight. Not thread-safe.
 */
public final class StreamingQuantizer {
  /** Weights at a time. */
  private static final int PART = 1 << 20;

  /** What a part must be a multiple of: whole blocks of any size, and whole bytes of codes. */
  static final int UNIT = 4096;

  private final WorkerPool pool;
  private final Quantizer quantizer;
  private final NamedTensors from;
  private final Float32Reader reader;
  private final float[] weights;
  private final byte[] codes;
  private String packed;
  private Absmax scales;

  /**
   * @param from open until the file has been written
   */
  public StreamingQuantizer(WorkerPool pool, Quantizer quantizer, NamedTensors from) {
    this(pool, quantizer, from, PART);
  }

  StreamingQuantizer(WorkerPool pool, Quantizer quantizer, NamedTensors from, int part) {
    if (part % UNIT != 0) {
      throw new IllegalArgumentException("part " + part + " is not a multiple of " + UNIT);
    }
    this.pool = pool;
    this.quantizer = quantizer;
    this.from = from;
    this.reader = new Float32Reader(from);
    this.weights = new float[part];
    this.codes = new byte[part / 2];
  }

  /**
   * Adds all parts of a weight to a file, as {@link QuantState} reads them.
   *
   * @param name of a matrix in the source
   * @return bytes of codes and scales
   * @throws CheckpointException now or when the file is written, if it is no matrix, damaged, or
   *     not finite
   */
  public long add(SafetensorsWriter writer, String name) {
    TensorInfo info = from.info(name);
    if (info.shape().size() != 2 || info.elementCount() == 0) {
      throw new CheckpointException(
          from.source(), name, "has shape " + info.shape() + ", not that of a matrix");
    }
    FourBitLayout layout =
        FourBitLayout.of(
            quantizer.config(),
            Math.toIntExact(info.shape().get(0)),
            Math.toIntExact(info.shape().get(1)),
            torchName(info.dtype()));
    QuantState.add(
        writer, name, layout, channel -> pack(name, layout, channel), () -> scalesOf(name));
    return layout.bytes();
  }

  private void pack(String name, FourBitLayout layout, WritableByteChannel to) throws IOException {
    scales = null;
    float[] absmax = new float[Math.toIntExact(layout.blocks())];
    try {
      for (long at = 0; at < layout.weights(); at += weights.length) {
        int count = (int) Math.min(weights.length, layout.weights() - at);
        reader.read(name, at, weights, count);
        int block = (int) (at / layout.blockSize());
        quantizer.part(pool, weights, count, codes, absmax, block, layout.in());
        AtomicFile.writeFully(to, ByteBuffer.wrap(codes, 0, (count + 1) / 2));
      }
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(from.source(), name, e.getMessage(), e);
    }
    packed = name;
    scales = quantizer.scales(absmax);
  }

  private Absmax scalesOf(String name) {
    if (!name.equals(packed)) {
      throw new IllegalStateException(name + " is not the weight that was packed last");
    }
    return scales;
  }

  private static String torchName(DType dtype) {
    return switch (dtype) {
      case F16 -> "float16";
      case BF16 -> "bfloat16";
      default -> "float32";
    };
  }
}
