package io.github.lora4j.models.bert;

import io.github.lora4j.autograd.Var;
import io.github.lora4j.tensor.FrozenMatrix;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/** A checksum over every number of an encoder, as it is held in memory. */
public final class WeightHash {
  private final CRC32C checksum = new CRC32C();
  private long values;

  /**
   * The checksum.
   *
   * @param count how many numbers it must be over
   */
  public static long of(BertEncoder encoder, long count) {
    WeightHash hash = new WeightHash();
    hash.fields(encoder);
    if (hash.values != count) {
      throw new AssertionError(hash.values + " values found, expected " + count);
    }
    return hash.checksum.getValue();
  }

  private void add(Object value) {
    if (value instanceof float[] floats) {
      ByteBuffer bytes = ByteBuffer.allocate(4 * floats.length);
      bytes.asFloatBuffer().put(floats);
      checksum.update(bytes);
      values += floats.length;
    } else if (value instanceof FrozenMatrix matrix) {
      float[] row = new float[matrix.in()];
      for (int i = 0; i < matrix.out(); i++) {
        matrix.decodeRow(i, row, 0);
        add(row);
      }
    } else if (value instanceof Var v) {
      add(v.value().toArray());
    } else if (value instanceof Object[] array) {
      Arrays.asList(array).forEach(this::add);
    } else if (value instanceof List<?> list) {
      list.forEach(this::add);
    } else if (value instanceof Record) {
      fields(value);
    }
  }

  private void fields(Object object) {
    try {
      for (Field field : object.getClass().getDeclaredFields()) {
        if (!Modifier.isStatic(field.getModifiers())) {
          field.setAccessible(true);
          add(field.get(object));
        }
      }
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }
}
