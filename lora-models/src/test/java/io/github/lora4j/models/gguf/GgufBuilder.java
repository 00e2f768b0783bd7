package io.github.lora4j.models.gguf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes GGUF files field by field, right ones and wrong ones. */
final class GgufBuilder {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private int version = 3;
  private long values;
  private long tensors;
  private long moreValues;
  private long moreTensors;
  private int data;
  private int padding = 32;

  /** A file with one value and one F32 tensor of four values. */
  static GgufBuilder sample() {
    return new GgufBuilder().string("general.name", "x").tensor("a", 0, 0, 4).data(16);
  }

  GgufBuilder version(int version) {
    this.version = version;
    return this;
  }

  /** Counts in the header that differ from what follows. */
  GgufBuilder count(long moreTensors, long moreValues) {
    this.moreTensors = moreTensors;
    this.moreValues = moreValues;
    return this;
  }

  GgufBuilder padding(int padding) {
    this.padding = padding;
    return this;
  }

  GgufBuilder string(String key, String value) {
    return value(key, 8).text(value);
  }

  GgufBuilder uint32(String key, int value) {
    return value(key, 4).int32(value);
  }

  GgufBuilder strings(String key, String... values) {
    value(key, 9).int32(8).int64(values.length);
    for (String value : values) {
      text(value);
    }
    return this;
  }

  GgufBuilder int32s(String key, int... values) {
    value(key, 9).int32(5).int64(values.length);
    for (int value : values) {
      int32(value);
    }
    return this;
  }

  /** The key and the type; the value follows. */
  GgufBuilder value(String key, int type) {
    values++;
    return text(key).int32(type);
  }

  /** A tensor with its dimensions as the file has them. */
  GgufBuilder tensor(String name, int type, long offset, long... dimensions) {
    tensors++;
    text(name).int32(dimensions.length);
    for (long dimension : dimensions) {
      int64(dimension);
    }
    return int32(type).int64(offset);
  }

  GgufBuilder data(int bytes) {
    data = bytes;
    return this;
  }

  GgufBuilder text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return int64(bytes.length).raw(bytes);
  }

  GgufBuilder int32(int value) {
    return raw(buffer(4).putInt(value).array());
  }

  GgufBuilder int64(long value) {
    return raw(buffer(8).putLong(value).array());
  }

  GgufBuilder raw(byte... bytes) {
    out.writeBytes(bytes);
    return this;
  }

  byte[] build() {
    int header = 24 + out.size();
    int start = (header + padding - 1) / padding * padding;
    ByteBuffer file = buffer(start + data);
    file.putInt(0x46554747).putInt(version);
    file.putLong(tensors + moreTensors).putLong(values + moreValues).put(out.toByteArray());
    return file.array();
  }

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
