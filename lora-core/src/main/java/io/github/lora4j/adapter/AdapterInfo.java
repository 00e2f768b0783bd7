package io.github.lora4j.adapter;

import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What PEFT's files do not say of an adapter. Immutable.
 *
 * @param labels names of the classes, in the order of the classifier's rows; empty if unknown
 * @param baseFingerprint identifies the base model's weights, or null
 * @param pooling how token states become one vector, such as {@code mean}, or null
 * @param extra whatever else an application wants to keep
 */
public record AdapterInfo(
    List<String> labels, String baseFingerprint, String pooling, Map<String, String> extra) {

  /** Nothing is known. */
  public static final AdapterInfo NONE = new AdapterInfo(List.of(), null, null, Map.of());

  /**
   * Copies the collections.
   *
   * @throws IllegalArgumentException if a label occurs twice
   */
  public AdapterInfo {
    labels = List.copyOf(labels);
    extra = Collections.unmodifiableMap(new LinkedHashMap<>(extra));
    if (new HashSet<>(labels).size() != labels.size()) {
      throw new IllegalArgumentException("labels " + labels + " has one twice");
    }
  }
}
