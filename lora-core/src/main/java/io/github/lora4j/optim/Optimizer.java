package io.github.lora4j.optim;

import io.github.lora4j.autograd.Parameter;
import java.util.List;

/**
 * Changes parameters by their gradients, and has a state from which it continues bit for bit. For
 * one thread.
 */
public interface Optimizer extends AutoCloseable {
  /** The parameters, in the order given. */
  List<Parameter> parameters();

  /**
   * Changes the parameters by their gradients, which stay as they are.
   *
   * @param learningRate of this step
   */
  void step(double learningRate);

  /** How many steps have been taken. */
  long steps();

  /** Continues from a saved number of steps; the rest of the state is put into {@link #state}. */
  void restoreSteps(long taken);

  /**
   * What the state is: optimizers of one format can continue from each other's states, and give the
   * same bits.
   */
  String stateFormat();

  /** The state that belongs to the parameter at {@code index}: the state itself, not a copy. */
  List<StateTensor> state(int index);

  /** Bytes of the state that are in memory. */
  long stateBytes();

  /** Sets all gradients to zero. */
  default void zeroGrad() {
    parameters().forEach(Parameter::zeroGrad);
  }

  /** Gives back what the optimizer holds beside memory; it cannot be used afterwards. */
  @Override
  default void close() {}
}
