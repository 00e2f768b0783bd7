package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.CodeKernels;
import io.github.lora4j.compute.Kernels;
import io.github.lora4j.tensor.FewRows;
import io.github.lora4j.tensor.HalfType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** F16 and BF16: little-endian, without blocks. */
record HalfCodec(HalfType type) implements BlockCodec {
  /** What {@link CodeKernels#widen} takes side by side. */
  private static final int STRIP = 16;

  @Override
  public int unit() {
    return 1;
  }

  @Override
  public Decoder decoder(Kernels kernels, byte[] src) {
    short[] bits = new short[PlainDecoder.STEP];
    return new PlainDecoder(kernels) {
      @Override
      public void row(int row, int first, int count, float[] dst, int at) {
        for (int i = 0; i < count; i += STEP) {
          int length = Math.min(STEP, count - i);
          ByteBuffer.wrap(src, row + 2 * (first + i), 2 * length)
              .order(ByteOrder.LITTLE_ENDIAN)
              .asShortBuffer()
              .get(bits, 0, length);
          widen(bits, length, dst, at + i);
        }
      }

      @Override
      public void multiply(int rowBytes, int rows, FewRows x, float[] sums, int to) {
        for (int r = 0; r < rows; r++) {
          for (int n = 0; n < x.rows(); n++) {
            x.y()[x.to(n) + to + r] =
                kernels.codes().dotHalves(type, src, r * rowBytes, x.x(), x.from(n), x.in());
          }
        }
      }

      private void widen(short[] bits, int count, float[] dst, int at) {
        int strips = count / STRIP;
        kernels.codes().widen(type, bits, 0, strips, dst, at, STRIP);
        for (int i = strips * STRIP; i < count; i++) {
          dst[at + i] = type.widen(bits[i]);
        }
      }
    };
  }
}
