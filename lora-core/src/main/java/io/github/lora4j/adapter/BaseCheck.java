package io.github.lora4j.adapter;

import io.github.lora4j.names.NearestNames;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether an adapter belongs to a base model. Immutable and thread-safe.
 *
 * @param nameOrPath what the base is known by, compared with {@code base_model_name_or_path}; or
 *     null if not known
 * @param fingerprint identifies the base's weights, compared with {@link
 *     AdapterInfo#baseFingerprint}; or null if not known
 * @param modules the shape of each linear module
 */
public record BaseCheck(String nameOrPath, String fingerprint, Map<String, ModuleShape> modules) {

  private static final Logger LOG = LoggerFactory.getLogger(BaseCheck.class);

  /** Copies the map. */
  public BaseCheck {
    modules = Map.copyOf(modules);
  }

  /**
   * Checks an adapter. A base of another name is only logged as a warning: the same weights have
   * many names.
   *
   * @throws IllegalArgumentException if the adapter has a module that the base lacks or that has
   *     another shape there, or was made for a base with another fingerprint
   */
  public void check(LoraAdapter adapter) {
    String who = "adapter '" + adapter.name() + "'";
    String wantedPrint = adapter.info().baseFingerprint();
    if (fingerprint != null && wantedPrint != null && !fingerprint.equals(wantedPrint)) {
      throw new IllegalArgumentException(
          who
              + " was made for another base model ("
              + adapter.config().baseModelNameOrPath()
              + ", fingerprint "
              + wantedPrint
              + "); this one is "
              + nameOrPath
              + ", fingerprint "
              + fingerprint);
    }
    adapter.weights().forEach((module, weights) -> checkModule(who, module, weights));
    String wantedName = adapter.config().baseModelNameOrPath();
    if (nameOrPath != null && wantedName != null && !nameOrPath.equals(wantedName)) {
      LOG.warn("{} was made for base model '{}', this one is '{}'", who, wantedName, nameOrPath);
    }
  }

  private void checkModule(String who, String module, LoraWeights weights) {
    ModuleShape shape = modules.get(module);
    if (shape == null) {
      throw new IllegalArgumentException(
          who
              + ": the base model has no linear module '"
              + module
              + "'; nearest: "
              + NearestNames.of(module, modules.keySet(), 3));
    }
    if (shape.in() != weights.in() || shape.out() != weights.out()) {
      throw new IllegalArgumentException(
          who
              + ", module '"
              + module
              + "': made for a weight of "
              + weights.out()
              + " x "
              + weights.in()
              + ", the base model has "
              + shape.out()
              + " x "
              + shape.in());
    }
  }
}
