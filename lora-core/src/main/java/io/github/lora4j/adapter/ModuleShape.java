package io.github.lora4j.adapter;

/**
 * The size of a module that an adapter can target.
 *
 * @param out output features: the rows of a linear layer's weight, the columns of an embedding's
 * @param in input features: the columns of a linear layer's weight, the entries of an embedding
 * @param embedding whether it is an embedding and not a linear layer
 */
public record ModuleShape(int out, int in, boolean embedding) {
  /** A linear layer. */
  public ModuleShape(int out, int in) {
    this(out, in, false);
  }

  /** An embedding with so many entries. */
  public static ModuleShape embedding(int entries, int features) {
    return new ModuleShape(features, entries, true);
  }
}
