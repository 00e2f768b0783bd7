package io.github.lora4j.models.onnx;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.checkpoint.TensorInfo;
import io.github.lora4j.models.onnx.OnnxTensor.Range;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Parses one {@code onnx.TensorProto} and checks that its values are as many as its shape says. */
final class OnnxTensorParser {

  // Field numbers of onnx.TensorProto.
  private static final int DIMS = 1;
  private static final int DATA_TYPE = 2;
  private static final int SEGMENT = 3;
  private static final int NAME = 8;
  private static final int RAW_DATA = 9;
  private static final int DATA_LOCATION = 14;

  private static final int MAX_DIMS = 32;
  private static final int MAX_VARINT_BYTES = 10;

  private final String source;
  private final ByteBuffer file;
  private final int start;
  private String name;
  private int type;
  private int valueField;
  private final List<Long> shape = new ArrayList<>();
  private final List<Range> ranges = new ArrayList<>();

  /**
   * @param label what to call the tensor in messages until its name is known
   * @param start where it starts in the file
   */
  OnnxTensorParser(String source, ByteBuffer file, String label, int start) {
    this.source = source;
    this.file = file;
    this.name = label;
    this.start = start;
  }

  /** The name for messages. */
  String name() {
    return name;
  }

  /** Reads up to the limit that was pushed on the stream. */
  OnnxTensor parse(CodedInputStream in) throws IOException {
    boolean named = false;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      int field = WireFormat.getTagFieldNumber(tag);
      boolean bytes = WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED;
      switch (field) {
        case DIMS -> readDims(in, bytes);
        case DATA_TYPE -> type = in.readInt32();
        case NAME -> {
          name = OnnxStrings.read(in);
          named = !name.isEmpty();
        }
        case RAW_DATA,
            OnnxType.FLOAT_DATA,
            OnnxType.INT32_DATA,
            OnnxType.INT64_DATA,
            OnnxType.DOUBLE_DATA,
            OnnxType.UINT64_DATA ->
            skipValues(in, field, bytes);
        case SEGMENT -> throw problem("is stored in segments, which is not supported");
        case DATA_LOCATION -> {
          if (in.readEnum() != 0) {
            throw problem("has its values in another file, which is not supported");
          }
        }
        default -> in.skipField(tag);
      }
    }
    if (!named) {
      throw problem("has no name");
    }
    return tensor();
  }

  private void readDims(CodedInputStream in, boolean packed) throws IOException {
    if (!packed) {
      addDim(in.readInt64());
      return;
    }
    int limit = in.pushLimit(in.readRawVarint32());
    while (in.getBytesUntilLimit() > 0) {
      addDim(in.readInt64());
    }
    in.popLimit(limit);
  }

  private void addDim(long dim) {
    if (dim < 0) {
      throw problem("dimension " + shape.size() + " is " + dim);
    }
    if (shape.size() == MAX_DIMS) {
      throw problem("has more than " + MAX_DIMS + " dimensions");
    }
    shape.add(dim);
  }

  private void skipValues(CodedInputStream in, int field, boolean bytes) throws IOException {
    if (!bytes) {
      throw problem("field " + field + " is not packed");
    }
    if (valueField != 0 && valueField != field || valueField == RAW_DATA) {
      throw problem("has its values twice, in fields " + valueField + " and " + field);
    }
    valueField = field;
    int length = in.readRawVarint32();
    Range range = new Range(in.getTotalBytesRead(), length);
    in.skipRawBytes(length);
    ranges.add(range);
  }

  private OnnxTensor tensor() {
    OnnxType onnxType =
        OnnxType.of(type).orElseThrow(() -> problem("ONNX type " + type + " is not supported"));
    if (valueField != 0 && valueField != RAW_DATA && valueField != onnxType.valueField()) {
      throw problem("has values of field " + valueField + " but the type " + onnxType);
    }
    DType dtype = onnxType.dtype();
    long bytes;
    try {
      long elements = 1;
      for (long dim : shape) {
        elements = Math.multiplyExact(elements, dim);
      }
      bytes = Math.multiplyExact(elements, dtype.byteSize());
    } catch (ArithmeticException e) {
      throw problem("shape " + shape + " is too large");
    }
    boolean varints =
        valueField == OnnxType.INT32_DATA
            || valueField == OnnxType.INT64_DATA
            || valueField == OnnxType.UINT64_DATA;
    long found = 0;
    for (Range range : ranges) {
      found += varints ? countVarints(range) * dtype.byteSize() : range.length();
    }
    if (found != bytes) {
      throw problem(
          "shape "
              + shape
              + " of "
              + onnxType
              + " takes "
              + bytes
              + " bytes but there are "
              + found);
    }
    if (bytes > Integer.MAX_VALUE - 8) {
      throw problem("has " + bytes + " bytes, more than one array holds");
    }
    int offset = ranges.isEmpty() ? start : ranges.get(0).start();
    return new OnnxTensor(
        new TensorInfo(name, dtype, shape, offset, bytes), varints, List.copyOf(ranges));
  }

  private long countVarints(Range range) {
    long count = 0;
    int length = 0;
    for (int i = range.start(); i < range.start() + range.length(); i++) {
      length++;
      if (file.get(i) >= 0) {
        count++;
        length = 0;
      } else if (length == MAX_VARINT_BYTES) {
        throw problem("has a varint of more than 10 bytes at byte " + i);
      }
    }
    if (length > 0) {
      throw problem("ends within a varint");
    }
    return count;
  }

  private CheckpointException problem(String what) {
    return new CheckpointException(source, name, start, what);
  }
}
