package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.Kernels;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** F32: little-endian float32, without blocks. */
record FloatCodec() implements BlockCodec {
  @Override
  public int unit() {
    return 1;
  }

  @Override
  public Decoder decoder(Kernels kernels, byte[] src) {
    return new PlainDecoder(kernels) {
      @Override
      public void row(int row, int first, int count, float[] dst, int at) {
        ByteBuffer.wrap(src, row + 4 * first, 4 * count)
            .order(ByteOrder.LITTLE_ENDIAN)
            .asFloatBuffer()
            .get(dst, at, count);
      }
    };
  }
}
