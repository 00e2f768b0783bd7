package io.github.lora4j.models.decoder;

import io.github.lora4j.adapter.ModuleShape;
import io.github.lora4j.lora.LinearLayer;
import io.github.lora4j.memory.ShapeOps;
import io.github.lora4j.memory.ShapeOps.Update;
import io.github.lora4j.memory.ShapeVar;
import io.github.lora4j.tensor.RunTree;
import java.util.Map;

/**
 * A {@link DecoderPass} without values: layers take what they would, in the order in which they
 * would.
 *
 * @param runs of tokens
 * @param updates of the targeted modules, by their names
 * @param rows how many of the last layer are asked for; 0 for all
 */
record ShapePass(ShapeOps ops, RunTree runs, Map<String, Update> updates, int rows) {
  ShapePass(ShapeOps ops, RunTree runs, Map<String, Update> updates) {
    this(ops, runs, updates, 0);
  }

  ShapePass narrowed(int rows) {
    return new ShapePass(ops, runs, updates, rows);
  }

  ShapeVar kept(ShapeVar x) {
    return rows == 0 ? x : ops.gatherRows(x, rows);
  }

  ShapeVar linear(ShapeVar x, LinearLayer layer) {
    ModuleShape shape = new ModuleShape(layer.weight().out(), layer.weight().in());
    return ops.linear(x, shape, updates.get(layer.name()));
  }

  void forget(ShapeVar x) {
    ops.tape().forget(x);
  }

  int tokens() {
    return runs.rows().rows();
  }
}
