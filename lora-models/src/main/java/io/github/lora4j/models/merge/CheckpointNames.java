package io.github.lora4j.models.merge;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.names.NearestNames;
import java.util.Comparator;

/**
 * Finds the tensors of an adapter's modules in a checkpoint, in which they may lie deeper: {@code
 * encoder.layer.0} under {@code bert}.
 */
final class CheckpointNames {
  private final NamedTensors tensors;
  private final String prefix;

  /**
   * @throws CheckpointException if the checkpoint does not have the adapter's modules
   */
  CheckpointNames(NamedTensors tensors, LoraAdapter adapter) {
    this.tensors = tensors;
    this.prefix = adapter.weights().keySet().stream().findFirst().map(this::prefix).orElse("");
  }

  /** What stands before a module's name; the shortest, if names end so more than once. */
  private String prefix(String module) {
    String end = module + ".weight";
    return tensors.names().stream()
        .filter(name -> name.equals(end) || name.endsWith("." + end))
        .map(name -> name.substring(0, name.length() - end.length()))
        .min(Comparator.comparing(String::length))
        .orElseThrow(() -> missing(end));
  }

  /** The name of a tensor of an adapted module. */
  String of(String name) {
    return require(prefix + name, name);
  }

  /** The name of a tensor of a module to save, which is named as in the whole model. */
  String ofSaved(String name) {
    return tensors.names().contains(name) ? name : require(prefix + name, name);
  }

  private String require(String full, String name) {
    if (!tensors.names().contains(full)) {
      throw missing(name);
    }
    return full;
  }

  private CheckpointException missing(String name) {
    return new CheckpointException(
        tensors.source(),
        name,
        "the adapter changes this tensor, which the checkpoint does not have; nearest: "
            + NearestNames.of(name, tensors.names(), 3));
  }
}
