package io.github.lora4j.models.gguf;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.quant.gguf.GgufType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything before the data of a GGUF file of version 2 or 3, with every field checked: magic,
 * version, metadata, tensors, and that their data lies in the file, aligned and without overlap.
 *
 * <p>Layout: "GGUF", version (uint32), number of tensors and of metadata (uint64); for each value
 * key, type (uint32), value; for each tensor name, number of dimensions (uint32), dimensions
 * (uint64, the innermost first), type (uint32), offset in the data (uint64); padding to {@code
 * general.alignment}; the data. Strings have their length (uint64) before them.
 *
 * @param tensors by name, in the order of the file
 */
record GgufHeader(int version, GgufMetadata metadata, Map<String, GgufTensor> tensors) {
  private static final int MAGIC = 0x46554747;

  /** Far more of either than any model has: bounds the memory of a hostile file. */
  private static final int MOST = 1 << 20;

  /** Dimensions of a tensor in ggml. */
  private static final int MOST_DIMENSIONS = 4;

  private static final int LONGEST_NAME = 1000;

  private static final String ALIGNMENT = "general.alignment";

  /**
   * Reads a header.
   *
   * @param bytes the beginning of the file
   * @param fileSize of the whole file
   * @throws CheckpointException if anything is wrong with it
   */
  static GgufHeader parse(GgufBytes bytes, long fileSize) {
    return new Reader(bytes, fileSize).read();
  }

  /** The type of a tensor, if it can be decoded. */
  static Optional<GgufType> known(int typeId) {
    return Arrays.stream(GgufType.values()).filter(type -> type.id() == typeId).findFirst();
  }

  /** One pass over the header. */
  private static final class Reader {
    private final GgufBytes bytes;
    private final long fileSize;
    private int at = 24;

    Reader(GgufBytes bytes, long fileSize) {
      this.bytes = bytes;
      this.fileSize = fileSize;
    }

    GgufHeader read() {
      int version = version();
      long tensors = bytes.int64(8, "the number of tensors");
      long values = bytes.int64(16, "the number of metadata values");
      if (Long.compareUnsigned(tensors, MOST) > 0 || Long.compareUnsigned(values, MOST) > 0) {
        throw bytes.error(
            Long.toUnsignedString(tensors)
                + " tensors and "
                + Long.toUnsignedString(values)
                + " metadata values are more than "
                + MOST);
      }
      GgufMetadata metadata = metadata(bytes.count(at, values, 13, "metadata values"));
      List<GgufTensor> list = new ArrayList<>();
      for (int i = bytes.count(at, tensors, 24, "tensors"); i > 0; i--) {
        list.add(tensor());
      }
      return new GgufHeader(version, metadata, located(list, alignment(metadata)));
    }

    private int version() {
      bytes.require(0, 24, "the beginning");
      int magic = bytes.int32(0, "the magic");
      if (magic != MAGIC) {
        throw bytes.error(
            "begins with "
                + String.format("%08x", Integer.reverseBytes(magic))
                + ", not with 'GGUF' (is this a GGUF file?)");
      }
      int version = bytes.int32(4, "the version");
      if (version != 2 && version != 3) {
        boolean swapped = version != 0 && (version & 0xffff) == 0;
        throw bytes.error(
            swapped
                ? "is a big-endian GGUF file; only little-endian ones can be read"
                : "is of GGUF version "
                    + Integer.toUnsignedString(version)
                    + "; versions 2 and 3 can be read");
      }
      return version;
    }

    private GgufMetadata metadata(int count) {
      Map<String, GgufValue> values = new LinkedHashMap<>();
      for (int i = 0; i < count; i++) {
        String key = name("a metadata key");
        String what = "metadata '" + key + "'";
        GgufValueType type = GgufValue.type(bytes, at, what);
        GgufValue value = GgufValue.at(bytes, type, at + 4, what);
        at = value.end();
        if (values.put(key, value) != null) {
          throw bytes.error(what + " is there twice");
        }
      }
      return new GgufMetadata(bytes.source(), values);
    }

    private String name(String what) {
      int start = at;
      at = bytes.afterString(start, what);
      String name = at - start - 8 > LONGEST_NAME ? null : bytes.string(start, what);
      // Names are parts of messages, which are one line.
      if (name == null || name.codePoints().anyMatch(Reader::isLineBreakOrControl)) {
        throw bytes.error(what + " at byte " + start + " is too long or has control characters");
      }
      return name;
    }

    /** A tensor whose offset is still the one in the data. */
    private GgufTensor tensor() {
      String name = name("a tensor name");
      int dimensions = bytes.int32(at, "a tensor");
      if (dimensions < 1 || dimensions > MOST_DIMENSIONS) {
        throw error(
            name,
            "has "
                + Integer.toUnsignedString(dimensions)
                + " dimensions, not 1 to "
                + MOST_DIMENSIONS);
      }
      bytes.require(at + 4, 8L * dimensions + 12, "a tensor");
      List<Long> shape = new ArrayList<>();
      long elements = 1;
      for (int i = 0; i < dimensions; i++) {
        long size = bytes.int64(at + 4 + 8 * i, "a tensor");
        if (size < 1 || size > Long.MAX_VALUE / elements) {
          throw error(name, "has a dimension of " + Long.toUnsignedString(size));
        }
        elements *= size;
        shape.add(0, size);
      }
      at += 4 + 8 * dimensions;
      int typeId = bytes.int32(at, "a tensor");
      long offset = bytes.int64(at + 4, "a tensor");
      at += 12;
      return new GgufTensor(name, typeId, List.copyOf(shape), offset);
    }

    private long alignment(GgufMetadata metadata) {
      long alignment = metadata.integer(ALIGNMENT, 32);
      if (alignment < 1 || alignment > 1 << 30 || Long.bitCount(alignment) != 1) {
        throw bytes.error("metadata '" + ALIGNMENT + "' is " + alignment + ", no power of two");
      }
      return alignment;
    }

    private Map<String, GgufTensor> located(List<GgufTensor> tensors, long alignment) {
      long dataStart = (at + alignment - 1) / alignment * alignment;
      Map<String, GgufTensor> byName = new LinkedHashMap<>();
      for (GgufTensor tensor : tensors) {
        long offset = tensor.offset();
        if (offset < 0 || offset % alignment != 0) {
          throw error(
              tensor.name(),
              "offset "
                  + Long.toUnsignedString(offset)
                  + " is no multiple of the alignment "
                  + alignment);
        }
        long bytes = byteLength(tensor);
        if (offset > fileSize - dataStart || bytes > fileSize - dataStart - offset) {
          throw error(
              tensor.name(),
              "its "
                  + bytes
                  + " bytes at "
                  + offset
                  + " of the data go past the end of the file of "
                  + fileSize
                  + " bytes");
        }
        GgufTensor located =
            new GgufTensor(tensor.name(), tensor.typeId(), tensor.shape(), dataStart + offset);
        if (byName.put(tensor.name(), located) != null) {
          throw error(tensor.name(), "is there twice");
        }
      }
      requireApart(new ArrayList<>(byName.values()));
      return Collections.unmodifiableMap(byName);
    }

    /** Bytes of the data; of a type that is not known one is certain. */
    private long byteLength(GgufTensor tensor) {
      GgufType type = known(tensor.typeId()).orElse(null);
      if (type == null) {
        return 1;
      }
      long columns = tensor.columns();
      if (columns % type.blockSize() != 0) {
        throw error(
            tensor.name(),
            "rows of "
                + columns
                + " values are not whole "
                + type
                + " blocks of "
                + type.blockSize());
      }
      long blocks = tensor.elementCount() / type.blockSize();
      if (blocks > Long.MAX_VALUE / type.blockBytes()) {
        throw error(tensor.name(), "shape " + tensor.shape() + " is too large");
      }
      return blocks * type.blockBytes();
    }

    private void requireApart(List<GgufTensor> tensors) {
      tensors.sort(Comparator.comparingLong(GgufTensor::offset));
      for (int i = 1; i < tensors.size(); i++) {
        GgufTensor before = tensors.get(i - 1);
        GgufTensor tensor = tensors.get(i);
        if (tensor.offset() < before.offset() + byteLength(before)) {
          throw error(tensor.name(), "its data overlaps that of '" + before.name() + "'");
        }
      }
    }

    private CheckpointException error(String tensor, String problem) {
      return new CheckpointException(bytes.source(), tensor, problem);
    }

    private static boolean isLineBreakOrControl(int c) {
      return Character.isISOControl(c) || c == 0x2028 || c == 0x2029;
    }
  }
}
