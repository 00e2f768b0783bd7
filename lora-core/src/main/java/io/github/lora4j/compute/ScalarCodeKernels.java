package io.github.lora4j.compute;

import io.github.lora4j.tensor.FewRows;
import io.github.lora4j.tensor.Float16Table;
import io.github.lora4j.tensor.HalfType;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Packed weights in plain Java. */
final class ScalarCodeKernels implements CodeKernels {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHEST = 0x80 * ONES;

  @Override
  public void decodeNibbles(
      int[] codes,
      int strip,
      int col,
      int cols,
      float[] table,
      float[] scales,
      int scale,
      float[] dst,
      int at,
      int stride) {
    for (int c = col, to = at; c < col + cols; c++, to += stride) {
      int from = strip + c / 8 * 32;
      int shift = c % 8 * 4;
      for (int r = 0; r < 16; r++) {
        dst[to + r] = table[codes[from + r] >>> shift & 15] * scales[scale + r];
      }
    }
  }

  @Override
  public void decodeNibbleRows(
      int[] codes,
      int strip,
      int rows,
      int col,
      int cols,
      float[] table,
      float[] scales,
      int scale,
      float[] dst,
      int at,
      int stride) {
    for (int r = 0; r < rows; r++) {
      int to = at + r * stride - col;
      for (int c = col; c < col + cols; c++) {
        int code = codes[strip + c / 8 * 32 + r] >>> c % 8 * 4 & 15;
        dst[to + c] = table[code] * scales[scale + r];
      }
    }
  }

  /** Codes are decoded for each row anew. */
  @Override
  public int mostRows() {
    return 1;
  }

  @Override
  public int mostNibbleRows() {
    return mostRows();
  }

  @Override
  public void multiplyNibbles(
      int[] codes,
      int strip,
      int col,
      int cols,
      float[] table,
      float[] scales,
      int scale,
      FewRows x,
      float[] sums) {
    for (int row = 0; row < x.rows(); row++) {
      int xo = x.from(row);
      for (int r = 0; r < 32; r++) {
        float even = 0f;
        float odd = 0f;
        for (int c = col; c < col + cols; c++) {
          float product = table[codes[strip + c / 8 * 32 + r] >>> c % 8 * 4 & 15] * x.x()[xo + c];
          if (c % 2 == 0) {
            even += product;
          } else {
            odd += product;
          }
        }
        sums[32 * row + r] += scales[scale + r] * (even + odd);
      }
    }
  }

  @Override
  public boolean prefersStrips(boolean even) {
    return false;
  }

  @Override
  public void decodeStrip(
      CodeStrips w, int strip, int half, int col, int cols, float[] dst, int at, int stride) {
    for (int c = col, to = at; c < col + cols; c++, to += stride) {
      for (int r = 0; r < 16; r++) {
        dst[to + r] = w.value(strip, 16 * half + r, c);
      }
    }
  }

  @Override
  public void decodeStripRows(
      CodeStrips w,
      int strip,
      int row,
      int rows,
      int col,
      int cols,
      float[] dst,
      int at,
      int stride) {
    for (int r = 0; r < rows; r++) {
      int to = at + r * stride - col;
      for (int c = col; c < col + cols; c++) {
        dst[to + c] = w.value(strip, row + r, c);
      }
    }
  }

  @Override
  public void multiplyStrip(CodeStrips w, int strip, FewRows x, float[] sumsOfX, float[] sums) {
    int size = 1 << w.blockBits();
    int blocks = w.in() / size;
    for (int row = 0; row < x.rows(); row++) {
      for (int r = 0; r < CodeStrips.ROWS; r++) {
        float sum = 0f;
        for (int b = 0; b < blocks; b++) {
          float products = 0f;
          for (int c = b * size; c < (b + 1) * size; c++) {
            products += w.number(strip, r, c) * x.x()[x.from(row) + c];
          }
          int at = w.scale(strip, b * size) + r;
          sum += w.scales()[at] * products;
          if (w.offsets() != null) {
            sum += w.offsets()[at] * sumsOfX[row * blocks + b];
          }
        }
        sums[CodeStrips.ROWS * row + r] = sum;
      }
    }
  }

  @Override
  public void multiplyHalves(HalfType type, short[] bits, int from, FewRows rows, float[] sums) {
    for (int row = 0; row < rows.rows(); row++) {
      int xo = rows.from(row);
      for (int r = 0; r < 16; r++) {
        float even = 0f;
        float odd = 0f;
        for (int c = 0; c < rows.in(); c++) {
          float product = type.widen(bits[from + 16 * c + r]) * rows.x()[xo + c];
          if (c % 2 == 0) {
            even += product;
          } else {
            odd += product;
          }
        }
        sums[16 * row + r] = even + odd;
      }
    }
  }

  @Override
  public void widen(
      HalfType type, short[] bits, int from, int cols, float[] dst, int at, int stride) {
    for (int c = 0; c < cols; c++) {
      int f = from + 16 * c;
      int t = at + stride * c;
      for (int r = 0; r < 16; r++) {
        dst[t + r] = type.widen(bits[f + r]);
      }
    }
  }

  @Override
  public float dotHalves(HalfType type, byte[] src, int from, float[] x, int xo, int count) {
    float even = 0f;
    float odd = 0f;
    for (int i = 0; i < count; i++) {
      int at = from + 2 * i;
      float product = type.widen((short) (src[at] & 0xff | src[at + 1] << 8)) * x[xo + i];
      if (i % 2 == 0) {
        even += product;
      } else {
        odd += product;
      }
    }
    return even + odd;
  }

  @Override
  public void unpackCodes(
      byte[] src, int block, CodeLayout layout, int first, int count, byte[] dst, int to) {
    for (int g = first, t = to; g < first + count; g++, t += 32) {
      CodeLayout.Group group = layout.groups()[g];
      // Eight at a time: what a shift brings over from the next byte is masked away.
      for (int i = 0; i < 32; i += 8) {
        long low = (long) LONG.get(src, block + group.low() + i);
        long high = (long) LONG.get(src, block + group.high() + i);
        long lower = low >>> group.lowShift() & layout.lowerMask() * ONES;
        long upper = high >>> group.highShift() & layout.upperMask() * ONES;
        long codes = lower | upper << layout.lower();
        LONG.set(dst, t + i, (codes | HIGHEST) - layout.centre() * ONES ^ HIGHEST);
      }
    }
  }

  @Override
  public void decodeByteRow(
      byte[] codes, float[] scales, float[] offsets, int part, int parts, float[] dst, int at) {
    for (int p = part, t = at; p < part + parts; p++, t += 16) {
      float scale = scales[p];
      if (offsets == null) {
        for (int i = 0; i < 16; i++) {
          dst[t + i] = scale * codes[16 * p + i];
        }
      } else {
        float offset = offsets[p];
        for (int i = 0; i < 16; i++) {
          dst[t + i] = scale * codes[16 * p + i] + offset;
        }
      }
    }
  }

  @Override
  public void multiplyGroups(
      byte[] bytes,
      int block,
      CodeLayout layout,
      float[] scales,
      float[] offsets,
      FewRows few,
      int col,
      float[] sums) {
    byte[] codes = new byte[32];
    for (int g = 0; g < layout.groups().length; g++) {
      unpackCodes(bytes, block, layout, g, 1, codes, 0);
      for (int n = 0; n < few.rows(); n++) {
        int i = few.from(n) + col + 32 * g;
        for (int part = 0; part < 2; part++, i += 16) {
          float dot = 0f;
          float plain = 0f;
          for (int j = 0; j < 16; j++) {
            dot += codes[16 * part + j] * few.x()[i + j];
            plain += few.x()[i + j];
          }
          sums[16 * n] += scales[2 * g + part] * dot + offsets[2 * g + part] * plain;
        }
      }
    }
  }

  @Override
  public void multiplyNibbleBlocks(BlockRows rows, FewRows few, float[] sums, int to) {
    byte[] bytes = rows.bytes();
    float[] x = few.x();
    for (int n = 0; n < few.rows(); n++) {
      int first = n * rows.blocks();
      for (int r = 0, at = 0; r < rows.rows(); r++) {
        float sum = 0f;
        for (int b = 0, i = few.from(n); b < rows.blocks(); b++, i += 32, at += rows.blockBytes()) {
          float dot = 0f;
          for (int j = 0; j < 16; j++) {
            int two = bytes[at + rows.codes() + j];
            dot += (two & 15) * x[i + j] + (two >>> 4 & 15) * x[i + 16 + j];
          }
          sum +=
              half(bytes, at) * dot
                  + rows.factor() * half(bytes, at + rows.offset()) * sums[first + b];
        }
        few.y()[few.to(n) + to + r] = sum;
      }
    }
  }

  @Override
  public void multiplyFiveBitBlocks(BlockRows rows, FewRows few, int to) {
    byte[] bytes = rows.bytes();
    float[] x = few.x();
    for (int n = 0; n < few.rows(); n++) {
      for (int r = 0, at = 0; r < rows.rows(); r++) {
        float sum = 0f;
        for (int b = 0, i = few.from(n); b < rows.blocks(); b++, i += 32, at += rows.blockBytes()) {
          int highest = (int) INT.get(bytes, at + rows.codes() - 4);
          float dot = 0f;
          float plain = 0f;
          for (int j = 0; j < 16; j++) {
            int two = bytes[at + rows.codes() + j];
            int first = two & 15 | (highest >>> j & 1) << 4;
            int second = two >>> 4 & 15 | (highest >>> 16 + j & 1) << 4;
            dot += first * x[i + j] + second * x[i + 16 + j];
            plain += x[i + j] + x[i + 16 + j];
          }
          sum += half(bytes, at) * dot + rows.factor() * half(bytes, at + rows.offset()) * plain;
        }
        few.y()[few.to(n) + to + r] = sum;
      }
    }
  }

  @Override
  public void multiplyByteBlocks(BlockRows rows, FewRows few, int to) {
    byte[] bytes = rows.bytes();
    float[] x = few.x();
    for (int n = 0; n < few.rows(); n++) {
      for (int r = 0, at = 0; r < rows.rows(); r++) {
        float sum = 0f;
        for (int b = 0, i = few.from(n); b < rows.blocks(); b++, i += 32, at += rows.blockBytes()) {
          float dot = 0f;
          for (int j = 0; j < 32; j++) {
            dot += bytes[at + rows.codes() + j] * x[i + j];
          }
          sum += half(bytes, at) * dot;
        }
        few.y()[few.to(n) + to + r] = sum;
      }
    }
  }

  private static float half(byte[] bytes, int at) {
    return Float16Table.get(bytes[at] & 0xff | (bytes[at + 1] & 0xff) << 8);
  }

  @Override
  public void decodeByteColumns(
      byte[] codes,
      float[] scales,
      float[] offsets,
      int part,
      int parts,
      float[] dst,
      int at,
      int stride) {
    for (int c = 16 * part, t = at; c < 16 * (part + parts); c++, t += stride) {
      int s = c / 16 * 8;
      for (int r = 0; r < 8; r++) {
        float product = scales[s + r] * codes[32 * r + c];
        dst[t + r] = offsets == null ? product : product + offsets[s + r];
      }
    }
  }
}
