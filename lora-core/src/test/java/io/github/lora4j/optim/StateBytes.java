package io.github.lora4j.optim;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** An optimizer's state as it stands in a file. */
final class StateBytes {
  private StateBytes() {}

  static byte[] of(StateTensor tensor) {
    StateValues values = tensor.values();
    byte[] bytes = new byte[values.size() * values.dtype().byteSize()];
    values.get(0, ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    return bytes;
  }
}
