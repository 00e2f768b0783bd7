package io.github.lora4j.models.causal;

import io.github.lora4j.adapter.BaseCheck;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.WholeModules;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.models.decoder.DecoderModel;
import io.github.lora4j.models.weights.LoftQBase;
import io.github.lora4j.models.weights.RunningForm;
import io.github.lora4j.models.weights.WeightFormat;

/**
 * A frozen decoder and what tells it from others: the base that adapters share. Immutable and
 * thread-safe.
 *
 * @param name the name or path under which it was opened
 * @param compute what it computes with; its owner closes it
 * @param model the decoder
 * @param fingerprint identifies the weights
 * @param format of the weights of its linear layers
 */
public record DecoderBase(
    String name, Compute compute, DecoderModel model, String fingerprint, WeightFormat format) {

  /**
   * Tells the form in which it holds the weights of its linear layers, for example {@code nf4/64}.
   */
  public String weights() {
    return format.id();
  }

  /** Its weights, as the base of an adapter that LoftQ starts. */
  public LoftQBase loftQ() {
    return new LoftQBase(name, format, model.linearWeights());
  }

  /**
   * For the check of adapters. One trained over a file in 4 bits serves over the others of the same
   * model, so other weights of the same shapes are a warning.
   */
  public BaseCheck baseCheck() {
    return new BaseCheck(name, fingerprint, model.targets(), model.otherBiases(), "", false);
  }

  /**
   * An adapter in the form that calls take.
   *
   * @throws IllegalArgumentException if it does not fit this base or the weights that LoftQ started
   *     it over, or what it took from the base cannot be found again
   */
  public ActiveAdapter bind(LoraAdapter adapter) {
    baseCheck().check(adapter);
    loftQ().check(adapter);
    WholeModules whole = WholeModules.of(adapter, "", model.replaceable(), name -> false);
    return RunningForm.of(compute, adapter, model.targetWeights(), whole);
  }
}
