package io.github.lora4j.models.onnx;

import io.github.lora4j.checkpoint.DType;
import java.util.Optional;

/**
 * The element types of ONNX that are read, with their numbers in {@code TensorProto.DataType} and
 * the field that holds their values when {@code raw_data} does not.
 */
enum OnnxType {
  FLOAT(1, DType.F32, OnnxType.FLOAT_DATA),
  UINT8(2, DType.U8, OnnxType.INT32_DATA),
  INT8(3, DType.I8, OnnxType.INT32_DATA),
  UINT16(4, DType.U16, OnnxType.INT32_DATA),
  INT16(5, DType.I16, OnnxType.INT32_DATA),
  INT32(6, DType.I32, OnnxType.INT32_DATA),
  INT64(7, DType.I64, OnnxType.INT64_DATA),
  BOOL(9, DType.BOOL, OnnxType.INT32_DATA),
  FLOAT16(10, DType.F16, OnnxType.INT32_DATA),
  DOUBLE(11, DType.F64, OnnxType.DOUBLE_DATA),
  UINT32(12, DType.U32, OnnxType.UINT64_DATA),
  UINT64(13, DType.U64, OnnxType.UINT64_DATA),
  BFLOAT16(16, DType.BF16, OnnxType.INT32_DATA);

  // Field numbers of onnx.TensorProto.
  static final int FLOAT_DATA = 4;
  static final int INT32_DATA = 5;
  static final int INT64_DATA = 7;
  static final int DOUBLE_DATA = 10;
  static final int UINT64_DATA = 11;

  private final int number;
  private final DType dtype;
  private final int valueField;

  OnnxType(int number, DType dtype, int valueField) {
    this.number = number;
    this.dtype = dtype;
    this.valueField = valueField;
  }

  static Optional<OnnxType> of(int number) {
    for (OnnxType type : values()) {
      if (type.number == number) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  DType dtype() {
    return dtype;
  }

  int valueField() {
    return valueField;
  }
}
