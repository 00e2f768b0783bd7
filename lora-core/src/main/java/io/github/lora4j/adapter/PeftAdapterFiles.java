package io.github.lora4j.adapter;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.checkpoint.SafetensorsFile;
import io.github.lora4j.checkpoint.SafetensorsWriter;
import io.github.lora4j.checkpoint.torch.TorchFile;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.LoraConfigJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Adapters in PEFT's own layout: {@code adapter_config.json} and {@code adapter_model.safetensors}
 * with keys {@code base_model.model.MODULE.lora_A.weight}, and beside them {@code lora4j.json} with
 * what PEFT does not store. An {@code adapter_model.bin} is read where there are no safetensors.
 * Stateless and thread-safe.
 *
 * <p>PEFT names modules as the model that was wrapped does. A classifier there holds its encoder
 * under a prefix, {@code bert.} for a {@code BertForSequenceClassification}, which the base
 * checkpoint may not have. The module prefix is put before the names of adapted modules on saving
 * and taken away on loading; {@code modules_to_save} lie beside the encoder and have none.
 */
public final class PeftAdapterFiles {

  /** The file that holds A, B and the saved modules. */
  public static final String WEIGHTS_FILE_NAME = "adapter_model.safetensors";

  /** What PEFT wrote in its place before, and still does if asked; read but never written. */
  public static final String OLD_WEIGHTS_FILE_NAME = "adapter_model.bin";

  /** The configuration comes last: where it is, the adapter is whole. */
  private static final List<String> FILES =
      List.of(AdapterInfoJson.FILE_NAME, WEIGHTS_FILE_NAME, LoraConfigJson.FILE_NAME);

  private PeftAdapterFiles() {}

  /**
   * Saves an adapter with the module names that it has.
   *
   * @throws CheckpointException as {@link #save(LoraAdapter, Path, String)}
   */
  public static void save(LoraAdapter adapter, Path directory) {
    save(adapter, directory, "");
  }

  /**
   * Saves an adapter as float32. Its files are written aside and moved in together; other files of
   * the directory stay. With a prefix, a {@code target_modules} that is an expression is written as
   * the list of adapted modules.
   *
   * @param directory made if it is missing; the adapter in it, if any, is replaced
   * @param modulePrefix what comes before each module's name, such as {@code bert.}, or empty
   * @throws CheckpointException if a file cannot be written; an adapter that was there is whole
   * @throws IllegalArgumentException if the configuration would not select the adapted modules, or
   *     not with their ranks and scalings, under the prefix
   */
  public static void save(LoraAdapter adapter, Path directory, String modulePrefix) {
    LoraConfig config =
        ModulePrefix.add(adapter.config(), modulePrefix, adapter.weights().keySet());
    Map<String, LoraWeights> weights = new LinkedHashMap<>();
    adapter.weights().forEach((module, w) -> weights.put(modulePrefix + module, w));
    // Checks ranks and scalings under the new names.
    Map<String, SavedTensor> biases = new LinkedHashMap<>();
    adapter.biases().forEach((module, bias) -> biases.put(modulePrefix + module, bias));
    LoraAdapter moved =
        new LoraAdapter(
            adapter.name(), config, weights, adapter.savedTensors(), biases, adapter.info());
    try {
      StagedFiles.replace(directory, FILES, folder -> writeAll(moved, modulePrefix, folder));
    } catch (IOException e) {
      throw new CheckpointException(directory.toString(), "cannot be written: " + e, e);
    }
  }

  private static void writeAll(LoraAdapter adapter, String modulePrefix, Path folder)
      throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
    adapter
        .weights()
        .forEach(
            (module, w) -> {
              long r = w.r();
              String key = PeftTensors.ROOT + module;
              String endA = w.embedding() ? PeftTensors.EMBEDDING_A : PeftTensors.A;
              String endB = w.embedding() ? PeftTensors.EMBEDDING_B : PeftTensors.B;
              writer.addFloat32(key + endA, List.of(r, (long) w.in()), w.a());
              if (w.bias() != null) {
                writer.addFloat32(key + PeftTensors.B_BIAS, List.of((long) w.out()), w.bias());
              }
              writer.addFloat32(key + endB, List.of((long) w.out(), r), w.b());
              if (w.magnitude() != null) {
                writer.addFloat32(
                    key + PeftTensors.MAGNITUDE, List.of((long) w.out()), w.magnitude());
              }
            });
    adapter
        .savedTensors()
        .forEach(
            (name, tensor) -> {
              List<Long> shape = tensor.shape().stream().map(Integer::longValue).toList();
              writer.addFloat32(PeftTensors.ROOT + name, shape, tensor.values());
            });
    adapter
        .biases()
        .forEach(
            (module, bias) -> {
              boolean adapted = adapter.weights().containsKey(module);
              String end = adapted ? PeftTensors.BASE_BIAS : PeftTensors.BIAS;
              List<Long> shape = List.of((long) bias.shape().get(0));
              writer.addFloat32(PeftTensors.ROOT + module + end, shape, bias.values());
            });
    writer.write(folder.resolve(WEIGHTS_FILE_NAME));
    new AdapterInfoJson(modulePrefix, adapter.info()).write(folder);
    LoraConfigJson.write(adapter.config(), folder.resolve(LoraConfigJson.FILE_NAME));
  }

  /**
   * What the files have before the base's own module names: the prefix that the adapter was saved
   * with here, or empty for a directory that PEFT wrote.
   *
   * @throws CheckpointException if there is no adapter, or {@code lora4j.json} is damaged
   */
  public static String modulePrefix(Path directory) {
    requireDirectory(directory);
    return AdapterInfoJson.read(directory).modulePrefix();
  }

  /**
   * Loads an adapter; the module prefix is the one it was saved with here, none for a directory
   * that PEFT wrote.
   *
   * @param name the name that the adapter gets
   * @throws CheckpointException as {@link #load(String, Path, String)}
   * @throws IllegalStateException likewise
   */
  public static LoraAdapter load(String name, Path directory) {
    return load(name, directory, modulePrefix(directory));
  }

  /**
   * Loads an adapter.
   *
   * @param name the name that the adapter gets
   * @param modulePrefix what the files have before the base's own module names, or empty
   * @throws CheckpointException if a file is missing or damaged, A or B is missing, a shape
   *     disagrees with the configuration, a weight is not finite, or there is a key that is not
   *     supported
   * @throws IllegalStateException if its numbers take more than the heap may ever hold; none is
   *     read then
   */
  public static LoraAdapter load(String name, Path directory, String modulePrefix) {
    long heap = Runtime.getRuntime().maxMemory();
    return load(name, directory, modulePrefix, outline -> outline.requireAtMost(name, heap));
  }

  /**
   * Loads an adapter that a check lets pass.
   *
   * @param check sees what the files say before any number is read, and throws to refuse it
   */
  static LoraAdapter load(
      String name, Path directory, String modulePrefix, Consumer<AdapterOutline> check) {
    requireDirectory(directory);
    LoraConfig config = LoraConfigJson.read(directory.resolve(LoraConfigJson.FILE_NAME));
    AdapterInfo info = AdapterInfoJson.read(directory).info();
    Map<String, LoraWeights> weights = new LinkedHashMap<>();
    Map<String, SavedTensor> saved = new LinkedHashMap<>();
    Map<String, SavedTensor> biases = new LinkedHashMap<>();
    try (NamedTensors tensors = open(directory)) {
      PeftTensors peft = new PeftTensors(tensors, config, modulePrefix);
      check.accept(peft.outline());
      peft.readInto(weights, saved, biases);
    }
    try {
      LoraConfig moved = ModulePrefix.remove(config, modulePrefix, weights.keySet());
      return new LoraAdapter(name, moved, weights, saved, biases, info);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(directory.toString(), e.getMessage(), e);
    }
  }

  /** As PEFT, takes the safetensors if there are both. */
  private static NamedTensors open(Path directory) {
    Path safetensors = directory.resolve(WEIGHTS_FILE_NAME);
    Path old = directory.resolve(OLD_WEIGHTS_FILE_NAME);
    return Files.exists(safetensors) || !Files.exists(old)
        ? SafetensorsFile.open(safetensors)
        : TorchFile.open(old);
  }

  private static void requireDirectory(Path directory) {
    String source = directory.toString();
    if (!Files.isDirectory(directory)) {
      throw new CheckpointException(source, "is not a directory with an adapter");
    }
    if (!Files.exists(directory.resolve(LoraConfigJson.FILE_NAME))) {
      String[] entries =
          directory.toFile().list((dir, entry) -> entry.startsWith(StagedFiles.BACKUP));
      String hint =
          entries != null && entries.length > 0
              ? "; a save was interrupted, the adapter before it is in " + entries[0]
              : "";
      throw new CheckpointException(
          source, "holds no adapter: " + LoraConfigJson.FILE_NAME + " is missing" + hint);
    }
  }
}
