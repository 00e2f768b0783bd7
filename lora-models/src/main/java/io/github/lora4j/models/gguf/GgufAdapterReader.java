package io.github.lora4j.models.gguf;

import io.github.lora4j.adapter.AdapterInfo;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.LoraWeights;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.ModuleSelector;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads one GGUF adapter, checking each value, tensor and shape. */
record GgufAdapterReader(GgufFile file, GgufBase base) {
  private static final Logger LOG = LoggerFactory.getLogger(GgufAdapterReader.class);

  LoraAdapter read(String name) {
    requireKind();
    float alpha = alpha();
    Map<String, LoraWeights> weights = new LinkedHashMap<>();
    int norms = 0;
    for (String tensor : file.tensors().keySet()) {
      if (tensor.endsWith(AdapterKeys.A)) {
        String weight = tensor.substring(0, tensor.length() - AdapterKeys.A.length());
        weights.put(module(tensor, weight), readPair(weight, alpha));
      } else if (tensor.endsWith(AdapterKeys.B)) {
        String weight = tensor.substring(0, tensor.length() - AdapterKeys.B.length());
        requirePartner(tensor, weight + AdapterKeys.A);
      } else if (tensor.endsWith(AdapterKeys.NORM)) {
        norms++;
      } else {
        throw bad(tensor, "is no part of a LoRA: those are named '….lora_a' and '….lora_b'");
      }
    }
    if (weights.isEmpty()) {
      throw new CheckpointException(file.source(), "has no weights of an adapter");
    }
    if (norms > 0) {
      LOG.warn("{}: {} tensors of norms are left out, as in llama.cpp", file.source(), norms);
    }
    try {
      return new LoraAdapter(name, config(weights, alpha), weights, Map.of(), info());
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(file.source(), e.getMessage(), e);
    }
  }

  private void requireKind() {
    GgufMetadata metadata = file.metadata();
    String kind = metadata.string(AdapterKeys.GENERAL_TYPE, "model");
    require(
        kind.equals(AdapterKeys.ADAPTER), AdapterKeys.GENERAL_TYPE, kind, "'adapter': no adapter");
    String type = metadata.string(AdapterKeys.TYPE, "");
    require(type.equals(AdapterKeys.LORA), AdapterKeys.TYPE, type, "'lora': not supported");
    String architecture = metadata.string(AdapterKeys.ARCHITECTURE);
    require(
        architecture.equals(base.architecture()),
        AdapterKeys.ARCHITECTURE,
        architecture,
        "'" + base.architecture() + "' as the base model " + base.source() + " is");
    if (metadata.has(AdapterKeys.INVOCATION)) {
      throw new CheckpointException(
          file.source(),
          AdapterKeys.INVOCATION + " is set: activated LoRA adapters are not supported");
    }
  }

  private void require(boolean holds, String key, String value, String wanted) {
    if (!holds) {
      String line = value.lines().findFirst().orElse("");
      throw new CheckpointException(file.source(), key + " is '" + line + "', not " + wanted);
    }
  }

  private float alpha() {
    float alpha = (float) file.metadata().number(AdapterKeys.ALPHA, 0);
    if (!Float.isFinite(alpha)) {
      throw new CheckpointException(
          file.source(), AdapterKeys.ALPHA + " is " + alpha + ", which is not finite");
    }
    return alpha;
  }

  private String module(String tensor, String weight) {
    if (weight.equals(AdapterKeys.EMBEDDINGS)) {
      throw bad(tensor, "adapters on embeddings are not supported in GGUF files");
    }
    return base.module(weight)
        .orElseThrow(
            () ->
                bad(
                    tensor,
                    "is for no weight that is known in the architecture " + base.architecture()));
  }

  private LoraWeights readPair(String weight, float alpha) {
    String a = weight + AdapterKeys.A;
    String b = weight + AdapterKeys.B;
    requirePartner(a, b);
    int[] shapeA = matrix(a);
    int[] shapeB = matrix(b);
    int r = shapeA[0];
    if (shapeB[1] != r) {
      throw bad(
          a, "A is " + file.tensor(a).shape() + ", B " + file.tensor(b).shape() + ": two ranks");
    }
    float[] rows = base.toHuggingFace(file.source(), b, values(b), r);
    try {
      return new LoraWeights(r, shapeA[1], shapeB[0], values(a), rows, scaling(alpha, r));
    } catch (IllegalArgumentException e) {
      throw bad(a, e.getMessage());
    }
  }

  private static float scaling(float alpha, int r) {
    return alpha == 0 ? 1f : (float) ((double) alpha / r);
  }

  private int[] matrix(String tensor) {
    List<Long> shape = file.tensor(tensor).shape();
    if (shape.size() != 2) {
      throw bad(tensor, "shape " + shape + " is not that of a matrix");
    }
    // Rows and columns beyond an int have been refused with the type's size, or are when read.
    if (shape.get(0) > Integer.MAX_VALUE || shape.get(1) > Integer.MAX_VALUE) {
      throw bad(tensor, "shape " + shape + " is too large");
    }
    return new int[] {shape.get(0).intValue(), shape.get(1).intValue()};
  }

  private float[] values(String tensor) {
    float[] values = file.readFloat32(tensor);
    NamedTensors.requireFinite(file.source(), tensor, values);
    return values;
  }

  private void requirePartner(String tensor, String partner) {
    if (!file.tensors().containsKey(partner)) {
      throw bad(tensor, "the other half '" + partner + "' is missing");
    }
  }

  private LoraConfig config(Map<String, LoraWeights> weights, float alpha) {
    int usual = mostFrequent(weights);
    Map<String, Integer> ranks = new LinkedHashMap<>();
    Map<String, Double> alphas = new LinkedHashMap<>();
    weights.forEach(
        (module, w) -> {
          if (w.r() != usual) {
            String key = "^" + module.replace(".", "\\.");
            ranks.put(key, w.r());
            if (alpha == 0) {
              alphas.put(key, (double) w.r());
            }
          }
        });
    return LoraConfig.builder()
        .r(usual)
        .loraAlpha(alpha == 0 ? usual : alpha)
        .rankPattern(ranks)
        .alphaPattern(alphas)
        .targetModules(new ModuleSelector.Names(List.copyOf(weights.keySet())))
        .fanInFanOut(base.isTransposed())
        .taskType(LoraConfig.CAUSAL_LM)
        .baseModelNameOrPath(file.metadata().string(AdapterKeys.BASE_NAME, null))
        .build();
  }

  private static int mostFrequent(Map<String, LoraWeights> weights) {
    Map<Integer, Long> counts =
        weights.values().stream()
            .map(LoraWeights::r)
            .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    return counts.entrySet().stream()
        .max(Map.Entry.<Integer, Long>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
        .orElseThrow()
        .getKey();
  }

  private AdapterInfo info() {
    GgufMetadata metadata = file.metadata();
    Map<String, String> extra = new LinkedHashMap<>();
    for (String key : metadata.keys()) {
      if (key.startsWith(AdapterKeys.EXTRA)) {
        extra.put(key.substring(AdapterKeys.EXTRA.length()), metadata.string(key));
      }
    }
    return new AdapterInfo(List.of(), metadata.string(AdapterKeys.FINGERPRINT, null), null, extra);
  }

  private CheckpointException bad(String tensor, String problem) {
    return new CheckpointException(file.source(), tensor, problem);
  }
}
