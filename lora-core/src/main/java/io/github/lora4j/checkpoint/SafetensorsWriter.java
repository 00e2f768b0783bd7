package io.github.lora4j.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Collects tensors and writes them as one safetensors file, byte for byte what the official library
 * writes: tensors by type, the widest first, then by name; the header padded with spaces to a
 * multiple of 8. (With two or more metadata strings that library's order is random; here it is the
 * order in which they were set.) Whatever their place in the file, tensors are produced in the
 * order in which they were added, so one may depend on those before it. Not thread-safe.
 */
public final class SafetensorsWriter {

  /** The bytes of one tensor, produced when the file is written. */
  @FunctionalInterface
  public interface Data {
    /** Writes all elements, row-major and little-endian, exactly as many bytes as were named. */
    void writeTo(WritableByteChannel channel) throws IOException;
  }

  private record Entry(String name, DType dtype, List<Long> shape, long bytes, Data data) {}

  /** UTF-8 order, as Rust compares strings; Java's own order differs beyond the basic plane. */
  private static final Comparator<String> BY_UTF8 =
      (a, b) ->
          Arrays.compareUnsigned(
              a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

  private static final int CHUNK_BYTES = 1 << 16;

  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  /** Sets a string of {@code __metadata__}. Transformers wants {@code format} to be {@code pt}. */
  public SafetensorsWriter metadata(String key, String value) {
    metadata.put(encodable(key), encodable(value));
    return this;
  }

  /**
   * Adds a float32 tensor. The array is read when the file is written, not copied before.
   *
   * @param shape dimensions, outermost first; their product is the length of {@code values}
   * @throws IllegalArgumentException if the name was added before or the shape does not fit
   */
  public SafetensorsWriter addFloat32(String name, List<Long> shape, float[] values) {
    long elements = TensorInfo.product(shape);
    if (elements != values.length) {
      throw new IllegalArgumentException(
          "tensor '"
              + name
              + "': shape "
              + shape
              + " has "
              + elements
              + " elements, the array "
              + values.length);
    }
    return addFloat32(name, shape, () -> values);
  }

  /**
   * Adds a float32 tensor whose values are not there yet.
   *
   * @param values called when the file is written, after the data of all tensors added before
   * @throws IllegalArgumentException if the name was added before or is not valid
   */
  public SafetensorsWriter addFloat32(String name, List<Long> shape, Supplier<float[]> values) {
    return add(name, DType.F32, shape, channel -> writeFloats(channel, values.get()));
  }

  /**
   * Adds a tensor of any type.
   *
   * @param shape dimensions, outermost first
   * @param data writes the elements when the file is written
   * @throws IllegalArgumentException if the name was added before or is not valid
   */
  public SafetensorsWriter add(String name, DType dtype, List<Long> shape, Data data) {
    if (encodable(name).equals(SafetensorsHeader.METADATA_KEY)) {
      throw new IllegalArgumentException("a tensor cannot be named " + name);
    }
    long bytes = Math.multiplyExact(TensorInfo.product(shape), dtype.byteSize());
    if (entries.putIfAbsent(name, new Entry(name, dtype, List.copyOf(shape), bytes, data))
        != null) {
      throw new IllegalArgumentException("tensor '" + name + "' was added twice");
    }
    return this;
  }

  /**
   * Writes the file aside and moves it into place.
   *
   * @throws CheckpointException if it cannot be written (a full disk, say); a file that was there
   *     is unchanged and nothing is left behind
   */
  public void write(Path path) {
    try {
      AtomicFile.write(path, this::writeTo);
    } catch (IOException e) {
      throw new CheckpointException(path.toString(), "cannot be written: " + e, e);
    }
  }

  private void writeTo(FileChannel channel) throws IOException {
    List<Entry> sorted = new ArrayList<>(entries.values());
    sorted.sort(
        Comparator.comparing(Entry::dtype, Comparator.reverseOrder())
            .thenComparing(Entry::name, BY_UTF8));
    byte[] json = header(sorted).getBytes(StandardCharsets.UTF_8);
    int padded = (json.length + 7) / 8 * 8;
    ByteBuffer head = ByteBuffer.allocate(8 + padded).order(ByteOrder.LITTLE_ENDIAN);
    head.putLong(padded).put(json);
    while (head.hasRemaining()) {
      head.put((byte) ' ');
    }
    AtomicFile.writeFully(channel, head.flip());
    Map<String, Long> places = places(sorted, 8 + padded);
    for (Entry entry : entries.values()) {
      channel.position(places.get(entry.name));
      CountingChannel counting = new CountingChannel(channel);
      entry.data.writeTo(counting);
      if (counting.count() != entry.bytes) {
        throw new IOException(
            "tensor '" + entry.name + "' wrote " + counting.count() + " bytes, not " + entry.bytes);
      }
    }
  }

  private static Map<String, Long> places(List<Entry> sorted, long first) {
    Map<String, Long> places = new HashMap<>();
    long at = first;
    for (Entry entry : sorted) {
      places.put(entry.name, at);
      at = Math.addExact(at, entry.bytes);
    }
    return places;
  }

  private String header(List<Entry> sorted) {
    StringBuilder json = new StringBuilder("{");
    if (!metadata.isEmpty()) {
      json.append('"').append(SafetensorsHeader.METADATA_KEY).append("\":{");
      metadata.forEach(
          (key, value) -> {
            quote(json, key).append(':');
            quote(json, value).append(',');
          });
      json.setCharAt(json.length() - 1, '}');
      json.append(',');
    }
    long offset = 0;
    for (Entry entry : sorted) {
      quote(json, entry.name).append(":{\"dtype\":\"").append(entry.dtype).append("\",\"shape\":[");
      for (int i = 0; i < entry.shape.size(); i++) {
        json.append(i == 0 ? "" : ",").append(entry.shape.get(i));
      }
      long end = Math.addExact(offset, entry.bytes);
      json.append("],\"data_offsets\":[").append(offset).append(',').append(end).append("]},");
      offset = end;
    }
    if (json.length() > 1) {
      json.setLength(json.length() - 1);
    }
    return json.append('}').toString();
  }

  /**
   * Escapes as Rust's serde does: short forms, lower-case digits, nothing beyond what JSON asks.
   */
  private static StringBuilder quote(StringBuilder json, String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> json.append("\\\"");
        case '\\' -> json.append("\\\\");
        case '\b' -> json.append("\\b");
        case '\f' -> json.append("\\f");
        case '\n' -> json.append("\\n");
        case '\r' -> json.append("\\r");
        case '\t' -> json.append("\\t");
        default -> {
          if (c < ' ') {
            json.append(String.format("\\u%04x", (int) c));
          } else {
            json.append(c);
          }
        }
      }
    }
    return json.append('"');
  }

  private static String encodable(String text) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new IllegalArgumentException("a name has half of a surrogate pair, not valid Unicode");
    }
    return text;
  }

  private static void writeFloats(WritableByteChannel channel, float[] values) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < values.length; ) {
      int count = Math.min(CHUNK_BYTES / Float.BYTES, values.length - at);
      chunk.clear().asFloatBuffer().put(values, at, count);
      AtomicFile.writeFully(channel, chunk.limit(count * Float.BYTES));
      at += count;
    }
  }
}
