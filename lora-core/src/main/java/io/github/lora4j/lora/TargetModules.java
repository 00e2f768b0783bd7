package io.github.lora4j.lora;

import io.github.lora4j.names.NearestNames;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Selects the modules that get an adapter, by PEFT's rules ({@code check_target_module_exists} of
 * version 0.21, and its expansion of {@code all-linear}). Stateless and thread-safe.
 */
public final class TargetModules {

  private static final Logger LOG = LoggerFactory.getLogger(TargetModules.class);

  /** What {@code get_output_embeddings} returns in the usual transformers models. */
  private static final List<String> OUTPUT_HEADS =
      List.of("lm_head", "lm_head.decoder", "embed_out", "cls.predictions.decoder");

  /** PEFT's {@code SEQ_CLS_HEAD_NAMES}, in its order. */
  private static final List<String> CLASSIFIER_HEADS = List.of("score", "classifier");

  private static final Pattern FIRST_LAYER_INDEX = Pattern.compile(".*?\\.[^.]*\\.(\\d+)\\.");

  private TargetModules() {}

  /**
   * The modules to adapt, where the head that {@code all-linear} leaves out is known by its usual
   * name: the output embedding, or for {@code SEQ_CLS} the classifier.
   *
   * @param linearModules full names of all linear modules of the model
   * @return the selected names, in the order given; never empty
   * @throws IllegalArgumentException if none is selected; the message has the nearest names
   */
  public static List<String> select(LoraConfig config, List<String> linearModules) {
    return select(config, linearModules, heads(config, linearModules));
  }

  private static List<String> heads(LoraConfig config, List<String> linearModules) {
    Set<String> known = new HashSet<>(linearModules);
    List<String> heads = OUTPUT_HEADS.stream().filter(known::contains).toList();
    return heads.isEmpty() && LoraConfig.SEQ_CLS.equals(config.taskType())
        ? CLASSIFIER_HEADS.stream().filter(known::contains).limit(1).toList()
        : heads;
  }

  /**
   * The modules to adapt of a model whose embeddings can be targeted too, by name or expression;
   * {@code all-linear} leaves them out.
   *
   * @param embeddings full names of all embeddings
   * @return the selected names, linear modules first; never empty
   * @throws IllegalArgumentException if none is selected; the message has the nearest names
   */
  public static List<String> selectWithEmbeddings(
      LoraConfig config, List<String> linearModules, List<String> embeddings) {
    Set<String> leftOut = new HashSet<>(heads(config, linearModules));
    leftOut.addAll(embeddings);
    List<String> all = new ArrayList<>(linearModules);
    all.addAll(embeddings);
    return select(config, all, leftOut);
  }

  /**
   * The modules to adapt, where {@code all-linear} leaves out the given heads.
   *
   * @param heads full names
   * @return the selected names, in the order given; never empty
   * @throws IllegalArgumentException if none is selected; the message has the nearest names
   */
  public static List<String> select(
      LoraConfig config, List<String> linearModules, Collection<String> heads) {
    if (config.targetModules() == null) {
      throw new IllegalArgumentException(
          "target_modules is not set; this model has "
              + NearestNames.of("", linearModules, Integer.MAX_VALUE));
    }
    List<String> selected = new ArrayList<>();
    for (String module : linearModules) {
      boolean head =
          config.targetModules() instanceof ModuleSelector.AllLinear && heads.contains(module);
      if (!head && matches(config, module)) {
        selected.add(module);
      }
    }
    if (selected.isEmpty()) {
      throw new IllegalArgumentException(noMatch(config, linearModules));
    }
    warnOfUnusedNames(config, selected);
    return List.copyOf(selected);
  }

  /**
   * Whether a module would be adapted. With {@code all-linear} this is true of every module that is
   * neither excluded nor saved whole.
   */
  public static boolean matches(LoraConfig config, String module) {
    return !excluded(config, module) && !savedWhole(config, module) && targeted(config, module);
  }

  private static boolean targeted(LoraConfig config, String module) {
    ModuleSelector target = config.targetModules();
    if (target instanceof ModuleSelector.Names names) {
      // As in PEFT, a full name is taken whatever its layer.
      return names.names().contains(module)
          || isSuffix(names, module) && layerSelected(config, module);
    }
    return target != null && matchesWholly(target, module);
  }

  private static boolean excluded(LoraConfig config, String module) {
    ModuleSelector exclude = config.excludeModules();
    if (exclude instanceof ModuleSelector.Names names) {
      return names.names().contains(module) || isSuffix(names, module);
    }
    // An empty expression excludes nothing.
    return exclude instanceof ModuleSelector.Regex regex
        && !regex.pattern().isEmpty()
        && matchesWholly(regex, module);
  }

  private static boolean savedWhole(LoraConfig config, String module) {
    for (String saved : config.modulesToSave()) {
      Pattern pattern = PythonRegex.compile("(^|.*\\.)" + saved + "($|\\..*)");
      if (PythonRegex.matcher(pattern, module).lookingAt()) {
        return true;
      }
    }
    return false;
  }

  private static boolean isSuffix(ModuleSelector.Names names, String module) {
    return names.names().stream().anyMatch(name -> module.endsWith("." + name));
  }

  private static boolean matchesWholly(ModuleSelector selector, String module) {
    return !(selector instanceof ModuleSelector.Regex regex)
        || PythonRegex.matcher(PythonRegex.compile(regex.pattern()), module).matches();
  }

  private static boolean layerSelected(LoraConfig config, String module) {
    if (config.layersToTransform().isEmpty()) {
      return true;
    }
    if (config.layersPattern().isEmpty()) {
      return layerSelected(config, module, FIRST_LAYER_INDEX, 1);
    }
    for (String layers : config.layersPattern()) {
      Pattern pattern = PythonRegex.compile("(?:^|.*?\\.)" + layers + "\\.(?P<idx>\\d+)\\.");
      Matcher matcher = PythonRegex.matcher(pattern, module);
      if (matcher.lookingAt()) {
        return isLayer(config, module.substring(matcher.start("gidx"), matcher.end("gidx")));
      }
    }
    return false;
  }

  private static boolean layerSelected(
      LoraConfig config, String module, Pattern pattern, int group) {
    Matcher matcher = pattern.matcher(module);
    return matcher.lookingAt() && isLayer(config, matcher.group(group));
  }

  private static boolean isLayer(LoraConfig config, String digits) {
    // More digits than an int has are no layer of any model.
    return digits.length() < 10 && config.layersToTransform().contains(Integer.parseInt(digits));
  }

  private static String noMatch(LoraConfig config, List<String> linearModules) {
    StringBuilder message = new StringBuilder("target_modules ");
    ModuleSelector target = config.targetModules();
    if (target instanceof ModuleSelector.Names names) {
      message.append(names.names()).append(" match no linear module");
      boolean named =
          linearModules.stream().anyMatch(m -> names.names().contains(m) || isSuffix(names, m));
      if (named) {
        return message
            .append(" once exclude_modules, modules_to_save and layers_to_transform are")
            .append(" applied")
            .toString();
      }
      for (String name : names.names()) {
        message.append("; nearest to '").append(name).append("': ");
        message.append(NearestNames.of(name, linearModules, 3));
      }
      return message.toString();
    }
    String text =
        target instanceof ModuleSelector.Regex regex
            ? "'" + regex.pattern() + "'"
            : ModuleSelector.AllLinear.NAME;
    return message
        .append(text)
        .append(" matches no linear module; nearest: ")
        .append(NearestNames.of(text, linearModules, 3))
        .toString();
  }

  private static void warnOfUnusedNames(LoraConfig config, List<String> selected) {
    if (config.targetModules() instanceof ModuleSelector.Names names) {
      for (String name : names.names()) {
        if (selected.stream().noneMatch(m -> m.equals(name) || m.endsWith("." + name))) {
          LOG.warn("target_modules names '{}', which selects no linear module", name);
        }
      }
    }
  }
}
