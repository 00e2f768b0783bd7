package io.github.lora4j.models.onnx;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.checkpoint.Float32Decoder;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.checkpoint.TensorInfo;
import io.github.lora4j.models.weights.Transpose;
import io.github.lora4j.names.NearestNames;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The initializers of an ONNX model as named tensors. Weights of linear layers whose names the
 * exporter lost have the names of their layers, and are read as [out, in] like in a Hugging Face
 * checkpoint; {@link #bytes} then gives a transposed copy, and a view of the file otherwise.
 *
 * <p>All lengths and offsets are checked when the file is opened; weights are read when asked for.
 * Values in other files ("external data") are not supported. Thread-safe.
 */
public final class OnnxFile implements NamedTensors {

  private final String source;
  private final Map<String, OnnxNames.Named> tensors;
  private volatile ByteBuffer file;

  private OnnxFile(String source, ByteBuffer file) {
    this.source = source;
    this.file = file;
    this.tensors = OnnxNames.resolve(source, OnnxGraphParser.parse(source, file));
  }

  /**
   * Maps a file of less than 2 GiB, the limit of the format.
   *
   * @throws CheckpointException if it cannot be read, is damaged, or is not ONNX
   */
  public static OnnxFile open(Path path) {
    String source = path.toString();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      if (channel.size() > Integer.MAX_VALUE) {
        throw new CheckpointException(
            source, "has " + channel.size() + " bytes but an ONNX file has less than 2 GiB");
      }
      return of(source, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()));
    } catch (NoSuchFileException e) {
      throw new CheckpointException(source, "no such file", e);
    } catch (IOException e) {
      throw new CheckpointException(source, "cannot be read (" + e.getMessage() + ")", e);
    }
  }

  /**
   * Reads a model that is in memory.
   *
   * @param source what to call it in messages
   * @param content the model, from position to limit; not copied, and must not change
   * @throws CheckpointException if it is damaged or not ONNX
   */
  public static OnnxFile of(String source, ByteBuffer content) {
    return new OnnxFile(source, content.slice().asReadOnlyBuffer());
  }

  @Override
  public String source() {
    return source;
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(tensors.keySet());
  }

  @Override
  public TensorInfo info(String name) {
    return named(name).info();
  }

  @Override
  public float[] readFloat32(String name) {
    OnnxNames.Named named = named(name);
    DType dtype = named.info().dtype();
    if (!dtype.isReadableAsFloat32()) {
      throw new CheckpointException(source, name, dtype + " is not read as float32");
    }
    float[] values = new float[(int) named.info().elementCount()];
    Float32Decoder.decode(dtype, named.tensor().elements(content()), values, 0);
    return named.transposed() ? Transpose.floats(values, columns(named)) : values;
  }

  @Override
  public ByteBuffer bytes(String name, long offset, int length) {
    OnnxNames.Named named = named(name);
    Objects.checkFromIndexSize(offset, length, named.info().byteLength());
    ByteBuffer elements = named.tensor().elements(content());
    if (named.transposed()) {
      elements = Transpose.bytes(elements, columns(named), named.info().dtype().byteSize());
    }
    return elements.slice((int) offset, length).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public void close() {
    file = null;
  }

  /** Columns of a transposed tensor as it lies in the file: its output features. */
  private static int columns(OnnxNames.Named named) {
    return (int) (long) named.info().shape().get(0);
  }

  private ByteBuffer content() {
    ByteBuffer content = file;
    if (content == null) {
      throw new CheckpointException(source, "is closed");
    }
    return content;
  }

  private OnnxNames.Named named(String name) {
    OnnxNames.Named named = tensors.get(name);
    if (named == null) {
      throw new CheckpointException(
          source,
          name,
          "is not in this file; nearest: " + NearestNames.of(name, tensors.keySet(), 3));
    }
    return named;
  }
}
