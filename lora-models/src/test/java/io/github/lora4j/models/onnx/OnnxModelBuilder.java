package io.github.lora4j.models.onnx;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes small ONNX models for tests, field by field. */
final class OnnxModelBuilder {

  /** Writes fields of a protobuf message. */
  interface Fields {
    void write(CodedOutputStream out) throws IOException;
  }

  private final ByteArrayOutputStream graph = new ByteArrayOutputStream();

  static byte[] message(Fields fields) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      CodedOutputStream out = CodedOutputStream.newInstance(bytes);
      fields.write(out);
      out.flush();
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  OnnxModelBuilder node(String name, String operation, String... inputs) {
    return graphField(
        1,
        message(
            out -> {
              for (String input : inputs) {
                out.writeByteArray(1, input.getBytes(StandardCharsets.UTF_8));
              }
              out.writeString(2, name + "_output_0");
              out.writeString(3, name);
              out.writeString(4, operation);
            }));
  }

  /** An initializer with the given fields after its dimensions, type and name. */
  OnnxModelBuilder initializer(String name, int type, long[] dims, Fields values) {
    return graphField(
        5,
        message(
            out -> {
              for (long dim : dims) {
                out.writeInt64(1, dim);
              }
              out.writeInt32(2, type);
              out.writeString(8, name);
              values.write(out);
            }));
  }

  OnnxModelBuilder floats(String name, long[] dims, float... values) {
    return initializer(name, 1, dims, out -> out.writeByteArray(9, littleEndian(values)));
  }

  private OnnxModelBuilder graphField(int number, byte[] content) {
    graph.writeBytes(message(out -> out.writeByteArray(number, content)));
    return this;
  }

  byte[] build() {
    return message(
        out -> {
          out.writeInt64(1, 8);
          out.writeString(2, "test");
          out.writeByteArray(7, graph.toByteArray());
        });
  }

  static byte[] littleEndian(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }

  /** A model with every way to store values, for mutation. */
  static byte[] sample() {
    float[] numbers = new float[35];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = i - 17.5f;
    }
    return new OnnxModelBuilder()
        .node("/encoder/layer.0/query/MatMul", "MatMul", "x", "onnx::MatMul_1")
        .node("/encoder/layer.0/query/Add", "Add", "y", "encoder.layer.0.query.bias")
        .floats("encoder.layer.0.query.bias", new long[] {7}, Arrays.copyOf(numbers, 7))
        .floats("onnx::MatMul_1", new long[] {5, 7}, numbers)
        .initializer(
            "positions",
            7,
            new long[] {1, 3},
            out ->
                out.writeByteArray(
                    7,
                    message(
                        values -> {
                          values.writeInt64NoTag(0);
                          values.writeInt64NoTag(300);
                          values.writeInt64NoTag(-2);
                        })))
        .initializer("scale", 1, new long[0], out -> out.writeByteArray(4, littleEndian(0.125f)))
        .initializer(
            "halves",
            10,
            new long[] {2},
            out ->
                out.writeByteArray(
                    5,
                    message(
                        values -> {
                          values.writeInt32NoTag(0x3c00);
                          values.writeInt32NoTag(0xc000);
                        })))
        .build();
  }
}
