package io.github.lora4j.models.weights;

import io.github.lora4j.adapter.InferenceAdapter;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PlainForm;
import io.github.lora4j.adapter.WholeModules;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.quant.FourBitMatrix;
import io.github.lora4j.tensor.FrozenMatrix;
import java.util.Map;

/** The form in which a model runs an adapter that fits it. */
public final class RunningForm {
  private RunningForm() {}

  /**
   * Binds an adapter; one that PEFT started by PiSSA or OLoRA and saved without converting it is
   * converted, for which the start is found again.
   *
   * @param weights of the base by module
   * @param whole what it has beside its updates
   * @throws IllegalArgumentException if the start cannot be found again, as over weights in 4 bits,
   *     which PEFT packs once more without it
   */
  public static ActiveAdapter of(
      Compute compute, LoraAdapter adapter, Map<String, FrozenMatrix> weights, WholeModules whole) {
    if (PlainForm.isNeeded(adapter)) {
      if (!whole.bases().isEmpty()) {
        throw new IllegalArgumentException(
            "adapter '"
                + adapter.name()
                + "': init_lora_weights = "
                + adapter.config().initLoraWeights().value()
                + " with weights of the base in its file ("
                + String.join(", ", whole.bases().keySet())
                + ") is not supported");
      }
      for (String module : adapter.weights().keySet()) {
        if (weights.get(module) instanceof FourBitMatrix) {
          throw new IllegalArgumentException(
              "adapter '"
                  + adapter.name()
                  + "': init_lora_weights = "
                  + adapter.config().initLoraWeights().value()
                  + " took a part out of the base, whose weight of '"
                  + module
                  + "' is in 4 bits here; open the base in float32 or 16 bits, or save the adapter"
                  + " in PEFT with path_initial_model_for_weight_conversion");
        }
      }
    }
    return new InferenceAdapter(PlainForm.over(compute, adapter, weights), whole);
  }
}
