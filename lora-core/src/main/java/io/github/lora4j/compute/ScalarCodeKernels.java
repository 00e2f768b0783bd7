package io.github.lora4j.compute;

import io.github.lora4j.tensor.Float16Table;
import io.github.lora4j.tensor.HalfType;

/** Packed weights in plain Java. */
final class ScalarCodeKernels implements CodeKernels {
  @Override
  public void decodeNibbles(
      byte[] codes,
      int from,
      int cols,
      float[] table,
      float[] scales,
      float[] dst,
      int at,
      int stride) {
    for (int c = 0; c < cols; c++) {
      int f = from + 8 * c;
      int t = at + stride * c;
      for (int j = 0; j < 8; j++) {
        int pair = codes[f + j];
        dst[t + j] = table[pair & 15] * scales[j];
        dst[t + j + 8] = table[pair >> 4 & 15] * scales[j + 8];
      }
    }
  }

  @Override
  public void multiplyNibbles(
      byte[] codes,
      int from,
      int cols,
      float[] table,
      float[] scales,
      float[] x,
      int xo,
      float[] sums) {
    for (int j = 0; j < 8; j++) {
      float low = 0f;
      float high = 0f;
      for (int c = 0; c < cols; c++) {
        int pair = codes[from + 8 * c + j];
        low += table[pair & 15] * x[xo + c];
        high += table[pair >> 4 & 15] * x[xo + c];
      }
      sums[j] += scales[j] * low;
      sums[j + 8] += scales[j + 8] * high;
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
  public float multiplyByteRow(
      byte[] codes, float[] scales, int part, int parts, float[] x, int xo) {
    float sum = 0f;
    for (int p = 0; p < parts; p++) {
      int from = 16 * (part + p);
      float dot = 0f;
      for (int i = 0; i < 16; i++) {
        dot += codes[from + i] * x[xo + 16 * p + i];
      }
      sum += scales[part + p] * dot;
    }
    return sum;
  }

  @Override
  public void multiplyNibbleBlocks(BlockRows rows, float[] x, float[] sums, float[] y, int to) {
    byte[] bytes = rows.bytes();
    for (int r = 0, at = 0; r < rows.rows(); r++) {
      float sum = 0f;
      for (int b = 0; b < rows.blocks(); b++, at += rows.blockBytes()) {
        float dot = 0f;
        for (int i = 0; i < 16; i++) {
          int two = bytes[at + rows.codes() + i];
          dot += (two & 15) * x[32 * b + i] + (two >>> 4 & 15) * x[32 * b + 16 + i];
        }
        sum += half(bytes, at) * dot + half(bytes, at + rows.offset()) * sums[b];
      }
      y[to + r] = sum;
    }
  }

  @Override
  public void multiplyByteBlocks(BlockRows rows, float[] x, float[] y, int to) {
    byte[] bytes = rows.bytes();
    for (int r = 0, at = 0; r < rows.rows(); r++) {
      float sum = 0f;
      for (int b = 0; b < rows.blocks(); b++, at += rows.blockBytes()) {
        float dot = 0f;
        for (int i = 0; i < 32; i++) {
          dot += bytes[at + rows.codes() + i] * x[32 * b + i];
        }
        sum += half(bytes, at) * dot;
      }
      y[to + r] = sum;
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
