package io.github.lora4j.adapter;

import io.github.lora4j.names.NearestNames;
import java.util.Map;
import java.util.Optional;
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
 * @param otherBiases how many values the bias of each other module has that an adapter may replace
 * @param modulePrefix what an adapter's module names may all have before them, because it was made
 *     for a model in which the base lies deeper; or empty
 * @param exact whether an adapter of a base with another fingerprint is refused; otherwise that is
 *     a warning, as for a model of which there are files in several types, all with one meaning
 */
public record BaseCheck(
    String nameOrPath,
    String fingerprint,
    Map<String, ModuleShape> modules,
    Map<String, Integer> otherBiases,
    String modulePrefix,
    boolean exact) {

  private static final Logger LOG = LoggerFactory.getLogger(BaseCheck.class);

  /** Copies the maps. */
  public BaseCheck {
    modules = Map.copyOf(modules);
    otherBiases = Map.copyOf(otherBiases);
  }

  /** A check of a base of which the biases of linear modules alone may be replaced. */
  public BaseCheck(
      String nameOrPath, String fingerprint, Map<String, ModuleShape> modules, boolean exact) {
    this(nameOrPath, fingerprint, modules, Map.of(), "", exact);
  }

  /** A check that refuses an adapter of a base with another fingerprint. */
  public BaseCheck(String nameOrPath, String fingerprint, Map<String, ModuleShape> modules) {
    this(nameOrPath, fingerprint, modules, true);
  }

  /**
   * Checks an adapter. A base of another name, without a fingerprint to tell, is only logged as a
   * warning: the same weights have many names.
   *
   * @throws IllegalArgumentException if the adapter has a module that the base lacks or that has
   *     another shape there, or was made for a base with another fingerprint and the check is exact
   */
  public void check(LoraAdapter made) {
    LoraAdapter adapter = made.withoutModulePrefix(modulePrefix);
    if (exact && hasOtherFingerprint(adapter)) {
      throw new IllegalArgumentException(otherBase(adapter));
    }
    String who = "adapter '" + adapter.name() + "'";
    adapter
        .weights()
        .forEach(
            (module, w) ->
                checkModule(who, module, new ModuleShape(w.out(), w.in(), w.embedding())));
    adapter
        .biases()
        .forEach((module, bias) -> checkBias(who, adapter.config().bias(), module, bias));
    warning(adapter).ifPresent(LOG::warn);
  }

  /**
   * Checks the modules of an adapter before its numbers are read.
   *
   * @param name of the adapter, for messages
   * @throws IllegalArgumentException if it has a module that the base lacks or that has another
   *     shape there
   */
  public void check(String name, AdapterOutline outline) {
    String who = "adapter '" + name + "'";
    boolean deeper =
        outline.modules().keySet().stream().allMatch(module -> module.startsWith(modulePrefix));
    int skipped = deeper ? modulePrefix.length() : 0;
    outline
        .modules()
        .forEach((module, shape) -> checkModule(who, module.substring(skipped), shape));
  }

  /** What is said of an adapter whose modules fit, if it seems to be made for another base. */
  Optional<String> warning(LoraAdapter adapter) {
    if (fingerprint != null && adapter.info().baseFingerprint() != null) {
      return hasOtherFingerprint(adapter) ? Optional.of(otherBase(adapter)) : Optional.empty();
    }
    String wanted = adapter.config().baseModelNameOrPath();
    boolean differs = nameOrPath != null && wanted != null && !nameOrPath.equals(wanted);
    return differs ? Optional.of(otherBase(adapter)) : Optional.empty();
  }

  private boolean hasOtherFingerprint(LoraAdapter adapter) {
    String wanted = adapter.info().baseFingerprint();
    return fingerprint != null && wanted != null && !fingerprint.equals(wanted);
  }

  private String otherBase(LoraAdapter adapter) {
    String wanted = adapter.info().baseFingerprint();
    String wantedName = adapter.config().baseModelNameOrPath();
    return "adapter '"
        + adapter.name()
        + "' was made for another base model ("
        + (wantedName == null ? "of unknown name" : wantedName)
        + (wanted == null ? "" : ", fingerprint " + wanted)
        + "); this one is "
        + nameOrPath
        + (fingerprint == null ? "" : ", fingerprint " + fingerprint);
  }

  private void checkBias(String who, String setting, String module, SavedTensor bias) {
    ModuleShape shape = modules.get(module);
    Integer length = shape == null ? otherBiases.get(module) : (Integer) shape.out();
    if (length == null) {
      throw new IllegalArgumentException(
          who
              + ": bias = "
              + setting
              + " replaces the bias of '"
              + module
              + "', which is not supported for this base model");
    }
    if (bias.values().length != length) {
      throw new IllegalArgumentException(
          who
              + ", module '"
              + module
              + "': a bias of "
              + bias.values().length
              + " values, the base model has "
              + length);
    }
  }

  private void checkModule(String who, String module, ModuleShape made) {
    ModuleShape shape = modules.get(module);
    if (shape == null) {
      throw new IllegalArgumentException(
          who
              + ": the base model has no linear module '"
              + module
              + "'; nearest: "
              + NearestNames.of(module, modules.keySet(), 3));
    }
    if (shape.embedding() != made.embedding()) {
      throw new IllegalArgumentException(
          who
              + ", module '"
              + module
              + "': made for "
              + kind(made.embedding())
              + ", in the base model it is "
              + kind(shape.embedding()));
    }
    if (!shape.equals(made)) {
      throw new IllegalArgumentException(
          who
              + ", module '"
              + module
              + "': made for a weight of "
              + made.out()
              + " x "
              + made.in()
              + ", the base model has "
              + shape.out()
              + " x "
              + shape.in());
    }
  }

  private static String kind(boolean embedding) {
    return embedding ? "an embedding" : "a linear layer";
  }
}
