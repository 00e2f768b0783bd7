package io.github.lora4j.models.bert;

import io.github.lora4j.compute.Activation;
import java.util.List;

/**
 * How the {@code ForSequenceClassification} model of a family calls its head: from the state of the
 * first token through a square linear layer and an activation to the logits.
 *
 * @param dense the square layer, by its name in the whole model
 * @param activation behind it
 * @param out the layer to the logits
 * @param modulesToSave what PEFT trains and saves of the head beside an adapter
 */
public record HeadNames(
    String dense, Activation activation, String out, List<String> modulesToSave) {

  /** Copies the list. */
  public HeadNames {
    modulesToSave = List.copyOf(modulesToSave);
  }

  /** True if the square layer is trained and saved, and not left as it is in the base. */
  public boolean savesDense() {
    return modulesToSave.stream().anyMatch(m -> dense.equals(m) || dense.startsWith(m + "."));
  }
}
