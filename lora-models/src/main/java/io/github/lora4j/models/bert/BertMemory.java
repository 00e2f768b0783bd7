package io.github.lora4j.models.bert;

import io.github.lora4j.adapter.ModuleShape;
import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.memory.ShapeOps;
import io.github.lora4j.memory.ShapeOps.Update;
import io.github.lora4j.memory.ShapeVar;
import io.github.lora4j.models.memory.ModelMemory;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.quant.QuantState;
import io.github.lora4j.tensor.Ragged;
import io.github.lora4j.tensor.RunTree;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a {@link BertEncoder} takes. Immutable and thread-safe. */
public final class BertMemory implements ModelMemory {
  private static final String WEIGHT = ".weight";

  private final EncoderConfig config;
  private final Map<String, Long> packedBytes;
  private final Map<String, DType> types;
  private final long sourceBytes;

  private BertMemory(
      EncoderConfig config,
      Map<String, Long> packedBytes,
      Map<String, DType> types,
      long sourceBytes) {
    this.config = config;
    this.packedBytes = packedBytes;
    this.types = types;
    this.sourceBytes = sourceBytes;
  }

  /**
   * An encoder out of a float checkpoint.
   *
   * @param sourceBytes what the checkpoint itself takes while it is read
   */
  public static BertMemory of(EncoderConfig config, long sourceBytes) {
    return new BertMemory(config, Map.of(), Map.of(), sourceBytes);
  }

  /** An encoder out of a checkpoint that is read from a file and may be in 4 bits already. */
  public static BertMemory of(EncoderConfig config, NamedTensors headers) {
    Map<String, Long> packed = new HashMap<>();
    Map<String, DType> types = new HashMap<>();
    for (String name : headers.names()) {
      int end = name.indexOf(WEIGHT);
      if (end <= 0) {
        continue;
      }
      String module = config.names().withoutPrefix(name.substring(0, end));
      if (QuantState.isQuantized(headers.names(), name.substring(0, end) + WEIGHT)) {
        packed.merge(module, headers.info(name).byteLength(), Long::sum);
      } else {
        types.put(module, headers.info(name).dtype());
      }
    }
    return new BertMemory(config, packed, types, 0);
  }

  @Override
  public long weightBytes(WeightFormat format) {
    long bytes = otherBytes();
    for (Map.Entry<String, ModuleShape> module : linearModules().entrySet()) {
      ModuleShape shape = module.getValue();
      Long packed = packedBytes.get(module.getKey());
      DType stored = types.getOrDefault(module.getKey(), DType.F32);
      bytes += packed == null ? format.of(stored).bytes(shape.out(), shape.in()) : packed;
    }
    return bytes;
  }

  /** Embeddings, norms and biases. */
  private long otherBytes() {
    long hidden = config.hiddenSize();
    long rows = (long) config.vocabSize() + config.maxPositionEmbeddings() + config.typeVocabSize();
    long norms = 2 * hidden * (1 + 2L * config.numHiddenLayers());
    long biases = linearModules().values().stream().mapToLong(ModuleShape::out).sum();
    return Float.BYTES * (rows * hidden + norms + biases);
  }

  /** The checkpoint, and one weight as it is read, turned and packed. */
  @Override
  public long loadingBytes() {
    long largest = (long) config.hiddenSize() * config.intermediateSize();
    return sourceBytes + 2L * Float.BYTES * largest;
  }

  @Override
  public Map<String, ModuleShape> linearModules() {
    return BertModules.of(config);
  }

  @Override
  public List<Integer> biasSizes() {
    List<Integer> sizes = new ArrayList<>();
    linearModules().values().forEach(shape -> sizes.add(shape.out()));
    sizes.addAll(Collections.nCopies(1 + 2 * config.numHiddenLayers(), config.hiddenSize()));
    return sizes;
  }

  @Override
  public int hiddenSize() {
    return config.hiddenSize();
  }

  @Override
  public ShapeVar hiddenStates(ShapeOps ops, int[] lengths, Map<String, Update> updates) {
    RunTree texts = RunTree.of(Ragged.of(lengths));
    int rows = texts.rows().rows();
    ShapeVar h = ops.tape().scope(() -> ops.layerNorm(ops.embedding(rows, config.hiddenSize())));
    for (int i = 0; i < config.numHiddenLayers(); i++) {
      String layer = config.names().layer(i) + ".";
      ShapeVar input = h;
      h = ops.tape().layer(() -> layer(ops, input, layer, texts, updates));
    }
    return h;
  }

  /** In the order of {@link BertLayer#forward}. */
  private ShapeVar layer(
      ShapeOps ops, ShapeVar h, String layer, RunTree texts, Map<String, Update> updates) {
    Map<String, ModuleShape> shapes = linearModules();
    class Layer {
      ShapeVar linear(ShapeVar x, String module) {
        return ops.linear(x, shapes.get(layer + module), updates.get(layer + module));
      }
    }
    Layer of = new Layer();
    EncoderNames names = config.names();
    ShapeVar q = of.linear(h, names.query());
    ShapeVar k = of.linear(h, names.key());
    ShapeVar v = of.linear(h, names.value());
    int heads = config.numAttentionHeads();
    ShapeVar context = ops.attention(q, k, v, texts, config.headSize(), heads, heads, false);
    ShapeVar attended = of.linear(context, names.attentionOutput());
    ShapeVar a = ops.layerNorm(ops.add(attended, h));
    ShapeVar inner = ops.activate(of.linear(a, names.intermediate()));
    ShapeVar fed = of.linear(inner, names.output());
    return ops.layerNorm(ops.add(fed, a));
  }
}
