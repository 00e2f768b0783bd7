package io.github.lora4j.adapter;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.lora.LoraConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the tensors of PEFT's weights file, checking each key, shape and number. */
record PeftTensors(NamedTensors tensors, LoraConfig config, String modulePrefix) {

  static final String ROOT = "base_model.model.";
  static final String A = ".lora_A.weight";
  static final String B = ".lora_B.weight";
  static final String EMBEDDING_A = ".lora_embedding_A";
  static final String EMBEDDING_B = ".lora_embedding_B";
  static final String B_BIAS = ".lora_B.bias";
  static final String MAGNITUDE = ".lora_magnitude_vector";
  static final String BIAS = ".bias";
  static final String BASE_BIAS = ".base_layer.bias";

  /** Copies that PEFT writes with bias = all, beside the bias of a module that is saved whole. */
  private static final List<String> COPIES =
      List.of(".original_module.bias", ".modules_to_save.bias");

  /**
   * What the header says, with the shapes of all A and B checked; nothing is read.
   *
   * @throws CheckpointException naming the key that is wrong
   */
  AdapterOutline outline() {
    Map<String, ModuleShape> modules = new LinkedHashMap<>();
    long bytes = 0;
    for (String key : tensors.names()) {
      if (key.startsWith(ROOT) && key.endsWith(A)) {
        String module = key.substring(ROOT.length(), key.length() - A.length());
        modules.put(withoutPrefix(key, module), pairShape(module, A, B));
      } else if (key.startsWith(ROOT) && key.endsWith(EMBEDDING_A)) {
        String module = key.substring(ROOT.length(), key.length() - EMBEDDING_A.length());
        modules.put(withoutPrefix(key, module), pairShape(module, EMBEDDING_A, EMBEDDING_B));
      }
      // No header claims more bytes than its file has.
      bytes += tensors.info(key).elementCount() * Float.BYTES;
    }
    return new AdapterOutline(tensors.source(), modules, bytes);
  }

  /**
   * Reads everything.
   *
   * @param weights gets A and B by module, without the prefix
   * @param saved gets the tensors of modules to save by name
   * @param biases gets the biases of the base by module, without the prefix
   * @throws CheckpointException naming the key that is wrong
   */
  void readInto(
      Map<String, LoraWeights> weights,
      Map<String, SavedTensor> saved,
      Map<String, SavedTensor> biases) {
    for (String key : tensors.names()) {
      if (!key.startsWith(ROOT)) {
        throw bad(key, "does not begin with '" + ROOT + "' as PEFT's keys do");
      }
      String name = key.substring(ROOT.length());
      if (name.endsWith(A)) {
        String module = name.substring(0, name.length() - A.length());
        weights.put(withoutPrefix(key, module), readPair(module, A, B));
      } else if (name.endsWith(EMBEDDING_A)) {
        String module = name.substring(0, name.length() - EMBEDDING_A.length());
        weights.put(withoutPrefix(key, module), readPair(module, EMBEDDING_A, EMBEDDING_B));
      } else if (name.endsWith(EMBEDDING_B)) {
        String module = name.substring(0, name.length() - EMBEDDING_B.length());
        requirePartner(key, ROOT + module + EMBEDDING_A);
      } else if (name.endsWith(B)) {
        requirePartner(key, ROOT + name.substring(0, name.length() - B.length()) + A);
      } else if (name.endsWith(B_BIAS)) {
        requirePartner(key, ROOT + name.substring(0, name.length() - B_BIAS.length()) + A);
      } else if (name.endsWith(MAGNITUDE)) {
        String module = ROOT + name.substring(0, name.length() - MAGNITUDE.length());
        boolean embedding = tensors.names().contains(module + EMBEDDING_A);
        requirePartner(key, module + (embedding ? EMBEDDING_A : A));
      } else if (name.contains(".lora_")) {
        throw bad(
            key,
            "is of a kind of adapter that is not supported, only lora_A, lora_B,"
                + " lora_embedding_A, lora_embedding_B and lora_magnitude_vector are");
      } else if (isBaseBias(name)) {
        String module = name.substring(0, name.length() - BIAS.length());
        if (name.endsWith(BASE_BIAS)) {
          module = name.substring(0, name.length() - BASE_BIAS.length());
        }
        shape(key, 1);
        biases.put(withoutPrefix(key, module), readSaved(key));
      } else if (config.bias().equals("none") || COPIES.stream().noneMatch(name::endsWith)) {
        saved.put(name, readSaved(key));
      }
    }
  }

  private boolean isBaseBias(String name) {
    return !config.bias().equals("none")
        && name.endsWith(BIAS)
        && config.modulesToSave().stream().noneMatch(m -> LoraAdapter.belongsTo(name, m));
  }

  private LoraWeights readPair(String module, String endA, String endB) {
    String keyA = ROOT + module + endA;
    ModuleShape shape = pairShape(module, endA, endB);
    float scaling = (float) config.scaling(module);
    try {
      return new LoraWeights(
          rank(module),
          shape.in(),
          shape.out(),
          tensors.readFinite(keyA),
          tensors.readFinite(ROOT + module + endB),
          scaling,
          readRow(ROOT + module + MAGNITUDE),
          readRow(ROOT + module + B_BIAS),
          shape.embedding());
    } catch (IllegalArgumentException e) {
      throw bad(keyA, e.getMessage());
    }
  }

  /** The shape of the weight that A and B are made for. */
  private ModuleShape pairShape(String module, String endA, String endB) {
    String keyA = ROOT + module + endA;
    String keyB = ROOT + module + endB;
    requirePartner(keyA, keyB);
    int r = rank(module);
    List<Integer> shapeA = shape(keyA, 2);
    List<Integer> shapeB = shape(keyB, 2);
    if (shapeA.get(0) != r || shapeB.get(1) != r) {
      throw bad(
          keyA, "A is " + shapeA + " and B " + shapeB + ", but the configuration says rank " + r);
    }
    return new ModuleShape(shapeB.get(0), shapeA.get(1), endA.equals(EMBEDDING_A));
  }

  /** A vector, or null if the file has none. */
  private float[] readRow(String key) {
    if (!tensors.names().contains(key)) {
      return null;
    }
    shape(key, 1);
    return tensors.readFinite(key);
  }

  private int rank(String module) {
    try {
      return config.rank(module);
    } catch (IllegalArgumentException e) {
      throw bad(ROOT + module + A, e.getMessage());
    }
  }

  private SavedTensor readSaved(String key) {
    List<Integer> shape = shape(key, tensors.info(key).shape().size());
    try {
      return new SavedTensor(shape, tensors.readFinite(key));
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw bad(key, e.getMessage());
    }
  }

  private List<Integer> shape(String key, int rank) {
    List<Long> shape = tensors.info(key).shape();
    List<Integer> dimensions = new ArrayList<>();
    for (long dimension : shape) {
      if (dimension < 1 || dimension > Integer.MAX_VALUE) {
        throw bad(key, "shape " + shape + " has a dimension out of range");
      }
      dimensions.add((int) dimension);
    }
    if (dimensions.size() != rank) {
      throw bad(key, "shape " + shape + " has not " + rank + " dimensions");
    }
    return dimensions;
  }

  private String withoutPrefix(String key, String module) {
    if (!module.startsWith(modulePrefix)) {
      throw bad(key, "its module does not begin with the prefix '" + modulePrefix + "'");
    }
    return module.substring(modulePrefix.length());
  }

  private void requirePartner(String key, String partner) {
    if (!tensors.names().contains(partner)) {
      throw bad(key, "the other half '" + partner + "' is missing");
    }
  }

  private CheckpointException bad(String key, String problem) {
    return new CheckpointException(tensors.source(), key, problem);
  }
}
