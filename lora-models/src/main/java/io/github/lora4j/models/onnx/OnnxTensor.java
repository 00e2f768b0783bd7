package io.github.lora4j.models.onnx;

import io.github.lora4j.checkpoint.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * An initializer: its description and where its values lie.
 *
 * @param info name, type, shape and first byte
 * @param varints whether the values are varints; little-endian elements otherwise
 * @param ranges the parts of the file that hold the values, checked to hold as many as the shape
 */
record OnnxTensor(TensorInfo info, boolean varints, List<Range> ranges) {

  /** Bytes of the file, all of them within it. */
  record Range(int start, int length) {

    ByteBuffer of(ByteBuffer file) {
      return file.slice(start, length).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  /** All values as little-endian elements: a view of the file if they lie in it that way. */
  ByteBuffer elements(ByteBuffer file) {
    if (!varints && ranges.size() == 1) {
      return ranges.get(0).of(file);
    }
    ByteBuffer all = ByteBuffer.allocate((int) info.byteLength()).order(ByteOrder.LITTLE_ENDIAN);
    for (Range range : ranges) {
      ByteBuffer part = range.of(file);
      if (varints) {
        decodeVarints(part, all);
      } else {
        all.put(part);
      }
    }
    return all.flip();
  }

  private void decodeVarints(ByteBuffer from, ByteBuffer to) {
    while (from.hasRemaining()) {
      long value = 0;
      int shift = 0;
      byte b;
      do {
        b = from.get();
        value |= (b & 0x7fL) << shift;
        shift += 7;
      } while (b < 0);
      switch (info.dtype().byteSize()) {
        case 1 -> to.put((byte) value);
        case 2 -> to.putShort((short) value);
        case 4 -> to.putInt((int) value);
        default -> to.putLong(value);
      }
    }
  }
}
