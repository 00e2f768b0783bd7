package io.github.lora4j.models.memory;

import io.github.lora4j.adapter.ModuleShape;
import io.github.lora4j.memory.ShapeOps;
import io.github.lora4j.memory.ShapeOps.Update;
import io.github.lora4j.memory.ShapeVar;
import io.github.lora4j.models.weights.WeightFormat;
import java.util.List;
import java.util.Map;

/**
 * What a model of some family takes in memory, from its configuration and the headers of its files.
 * Thread-safe.
 */
public interface ModelMemory {
  /** Bytes of the frozen values, with the linear layers in this format. */
  long weightBytes(WeightFormat format);

  /** The most bytes that are taken beside the weights while they are read. */
  long loadingBytes();

  /** The linear modules that an adapter can target. */
  Map<String, ModuleShape> linearModules();

  /** Values of the bias of each linear module and norm. */
  List<Integer> biasSizes();

  /** Features of a token. */
  int hiddenSize();

  /**
   * Takes what a forward pass takes.
   *
   * @param lengths tokens of each sequence
   * @param updates of the targeted modules, by their names
   * @return the last hidden states, {@code [tokens, hidden]}
   */
  ShapeVar hiddenStates(ShapeOps ops, int[] lengths, Map<String, Update> updates);
}
