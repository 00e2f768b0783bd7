package io.github.lora4j.models.gguf;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.names.NearestNames;
import java.util.Collections;
import java.util.Map;
import java.util.Set;

/**
 * The metadata of a GGUF file by key. Values stay in the file and are read at each call, so what
 * nobody asks for takes no memory. An error names the file and the key. Thread-safe; readable also
 * after the file was closed.
 */
public final class GgufMetadata {
  private final String source;
  private final Map<String, GgufValue> values;

  GgufMetadata(String source, Map<String, GgufValue> values) {
    this.source = source;
    this.values = values;
  }

  /** All keys, in the order of the file. */
  public Set<String> keys() {
    return Collections.unmodifiableSet(values.keySet());
  }

  /** True if there is a value of this key. */
  public boolean has(String key) {
    return values.containsKey(key);
  }

  /** True if the value of a key is there and an array. */
  public boolean isArray(String key) {
    return has(key) && values.get(key).isArray();
  }

  /**
   * A string.
   *
   * @throws CheckpointException if there is none of this key, it is of another type, or not UTF-8
   */
  public String string(String key) {
    return value(key).string();
  }

  /** A string, or another where there is none of this key. */
  public String string(String key, String fallback) {
    return has(key) ? string(key) : fallback;
  }

  /**
   * An integer of any size.
   *
   * @throws CheckpointException if there is none of this key, it is of another type, or above 2^63
   */
  public long integer(String key) {
    return value(key).integer();
  }

  /** An integer, or another where there is none of this key. */
  public long integer(String key, long fallback) {
    return has(key) ? integer(key) : fallback;
  }

  /**
   * A number, integers included.
   *
   * @throws CheckpointException if there is none of this key, or it is of another type
   */
  public double number(String key) {
    return value(key).number();
  }

  /** A number, or another where there is none of this key. */
  public double number(String key, double fallback) {
    return has(key) ? number(key) : fallback;
  }

  /**
   * A truth value.
   *
   * @throws CheckpointException if there is none of this key, or it is of another type
   */
  public boolean bool(String key) {
    return value(key).bool();
  }

  /** A truth value, or another where there is none of this key. */
  public boolean bool(String key, boolean fallback) {
    return has(key) ? bool(key) : fallback;
  }

  /**
   * How many elements an array has.
   *
   * @throws CheckpointException if there is none of this key, or it is no array
   */
  public int count(String key) {
    return value(key).count();
  }

  /**
   * An array of strings.
   *
   * @throws CheckpointException if there is none of this key, it is of another type, or not UTF-8
   */
  public String[] strings(String key) {
    return value(key).strings();
  }

  /**
   * An array of integers of any size.
   *
   * @throws CheckpointException if there is none of this key, it is of another type, or above 2^63
   */
  public long[] integers(String key) {
    return value(key).integers();
  }

  /**
   * An array of numbers, rounded to float32.
   *
   * @throws CheckpointException if there is none of this key, or it is of another type
   */
  public float[] floats(String key) {
    return value(key).floats();
  }

  /**
   * A value of any type: a Long, Double, Boolean or String, or a List of values.
   *
   * @throws CheckpointException if there is none of this key, or it cannot be read
   */
  public Object object(String key) {
    return value(key).object();
  }

  private GgufValue value(String key) {
    GgufValue value = values.get(key);
    if (value == null) {
      throw new CheckpointException(
          source,
          "has no metadata '" + key + "'; nearest: " + NearestNames.of(key, values.keySet(), 3));
    }
    return value;
  }
}
