package io.github.lora4j.quant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lora4j.checkpoint.AtomicFile;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.checkpoint.SafetensorsWriter;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A 4-bit weight in a checkpoint, as transformers and bitsandbytes save it: {@code weight} with the
 * packed codes, {@code weight.absmax}, {@code weight.quant_map}, with double quantization {@code
 * weight.nested_absmax} and {@code weight.nested_quant_map}, and {@code
 * weight.quant_state.bitsandbytes__nf4}, a JSON object as bytes.
 */
public final class QuantState {
  private static final String ABSMAX = ".absmax";
  private static final String MAP = ".quant_map";
  private static final String NESTED_ABSMAX = ".nested_absmax";
  private static final String NESTED_MAP = ".nested_quant_map";
  private static final String STATE = ".quant_state.bitsandbytes__";
  private static final ObjectMapper JSON = new ObjectMapper();

  private QuantState() {}

  /** True if a checkpoint holds the weight of this name in 4 bits. */
  public static boolean isQuantized(Set<String> names, String weight) {
    return names.stream().anyMatch(name -> name.startsWith(weight + STATE));
  }

  /** True for the names of the parts that lie beside a 4-bit weight. */
  public static boolean isPart(String name) {
    return name.contains(STATE)
        || name.endsWith(ABSMAX)
        || name.endsWith(MAP)
        || name.endsWith(NESTED_ABSMAX)
        || name.endsWith(NESTED_MAP);
  }

  /** The weights that a checkpoint holds in 4 bits. */
  public static Set<String> quantized(Set<String> names) {
    Set<String> weights = new LinkedHashSet<>();
    for (String name : names) {
      int end = name.indexOf(STATE);
      if (end > 0) {
        weights.add(name.substring(0, end));
      }
    }
    return weights;
  }

  /** The 4-bit weight that a part belongs to; empty if it is none of these weights. */
  public static Optional<String> weightOf(Set<String> weights, String part) {
    return Stream.of(STATE, NESTED_ABSMAX, NESTED_MAP, ABSMAX, MAP)
        .filter(end -> end.equals(STATE) ? part.contains(end) : part.endsWith(end))
        .map(end -> part.substring(0, part.lastIndexOf(end)))
        .filter(weights::contains)
        .findFirst();
  }

  /**
   * What a checkpoint says of a 4-bit weight; its values are not read.
   *
   * @throws CheckpointException if the state is missing or not valid
   */
  public static PackedInfo info(NamedTensors file, String weight) {
    String stateName = stateName(file, weight);
    try {
      JsonNode state = JSON.readTree(bytes(file, stateName));
      JsonNode shape = shape(state);
      return new PackedInfo(
          new QuantConfig(
              type(stateName, weight),
              required(state, "blocksize").asInt(),
              state.has("nested_blocksize")),
          shape.get(0).asInt(),
          shape.get(1).asInt(),
          required(state, "dtype").asText());
    } catch (IllegalArgumentException | java.io.IOException e) {
      throw new CheckpointException(file.source(), stateName, e.getMessage(), e);
    }
  }

  private static String stateName(NamedTensors file, String weight) {
    return file.names().stream()
        .filter(name -> name.startsWith(weight + STATE))
        .findFirst()
        .orElseThrow(
            () -> new CheckpointException(file.source(), weight, "has no quantization state"));
  }

  private static QuantType type(String stateName, String weight) {
    return QuantType.of(stateName.substring((weight + STATE).length()));
  }

  private static JsonNode shape(JsonNode state) {
    JsonNode shape = required(state, "shape");
    if (shape.size() != 2) {
      throw new IllegalArgumentException("shape " + shape + " is not that of a matrix");
    }
    return shape;
  }

  /**
   * Reads a 4-bit weight.
   *
   * @param weight its name, for example {@code encoder.layer.0.output.dense.weight}
   * @throws CheckpointException if a part is missing, the type is unknown, or the parts do not fit
   *     together
   */
  public static FourBitWeights read(NamedTensors file, String weight) {
    String stateName = stateName(file, weight);
    try {
      QuantType type = type(stateName, weight);
      JsonNode state = JSON.readTree(bytes(file, stateName));
      JsonNode shape = shape(state);
      requireMap(file.readFloat32(weight + MAP), type.codes());
      return new FourBitWeights(
          type,
          shape.get(0).asInt(),
          shape.get(1).asInt(),
          required(state, "blocksize").asInt(),
          bytes(file, weight),
          absmax(file, weight, state));
    } catch (IllegalArgumentException | java.io.IOException e) {
      throw new CheckpointException(file.source(), stateName, e.getMessage(), e);
    }
  }

  private static Absmax absmax(NamedTensors file, String weight, JsonNode state) {
    if (!state.has("nested_blocksize")) {
      return new Absmax.Plain(file.readFinite(weight + ABSMAX));
    }
    float offset = (float) required(state, "nested_offset").asDouble();
    if (!Float.isFinite(offset)) {
      throw new IllegalArgumentException("nested_offset is " + offset);
    }
    return new Absmax.Nested(
        bytes(file, weight + ABSMAX),
        file.readFinite(weight + NESTED_MAP),
        file.readFinite(weight + NESTED_ABSMAX),
        required(state, "nested_blocksize").asInt(),
        offset);
  }

  private static JsonNode required(JsonNode state, String field) {
    JsonNode value = state.get(field);
    if (value == null || value.isNull()) {
      throw new IllegalArgumentException("the quantization state has no field " + field);
    }
    return value;
  }

  /** The map is written beside the weights, though the type already says what it must be. */
  private static void requireMap(float[] map, float[] expected) {
    if (map.length != expected.length) {
      throw new IllegalArgumentException("quant_map has " + map.length + " values, not 16");
    }
    for (int i = 0; i < map.length; i++) {
      if (Math.abs(map[i] - expected[i]) > 1e-6f) {
        throw new IllegalArgumentException(
            "value " + i + " of quant_map is " + map[i] + ", the type has " + expected[i]);
      }
    }
  }

  private static byte[] bytes(NamedTensors file, String name) {
    if (file.info(name).dtype() != DType.U8) {
      throw new CheckpointException(
          file.source(), name, "has dtype " + file.info(name).dtype() + ", not U8");
    }
    long length = file.info(name).byteLength();
    if (length > Integer.MAX_VALUE - 8) {
      throw new CheckpointException(
          file.source(), name, length + " bytes are too many for an array");
    }
    byte[] bytes = new byte[(int) length];
    file.read(name, 0, ByteBuffer.wrap(bytes));
    return bytes;
  }

  /**
   * Adds all parts of a 4-bit weight to a file.
   *
   * @param weight its name
   * @param dtype the type that the peer computes in, for example {@code float32}
   */
  public static void add(
      SafetensorsWriter writer, String weight, FourBitWeights weights, String dtype) {
    add(writer, weight, weights, weights::packed, dtype);
  }

  /**
   * The same, with the codes produced when the file is written: of {@code weights} only the rest is
   * kept until then.
   */
  public static void add(
      SafetensorsWriter writer,
      String weight,
      FourBitWeights weights,
      Supplier<byte[]> packed,
      String dtype) {
    Absmax absmax = weights.absmax();
    int group = absmax instanceof Absmax.Nested nested ? nested.blockSize() : 0;
    add(
        writer,
        weight,
        new FourBitLayout(
            weights.type(), weights.out(), weights.in(), weights.blockSize(), group, dtype),
        channel -> AtomicFile.writeFully(channel, ByteBuffer.wrap(packed.get())),
        () -> absmax);
  }

  /**
   * Adds all parts of a 4-bit weight that is packed when the file is written.
   *
   * @param codes writes the codes; called first
   * @param absmax the scales; called afterwards, more than once
   */
  static void add(
      SafetensorsWriter writer,
      String weight,
      FourBitLayout layout,
      SafetensorsWriter.Data codes,
      Supplier<Absmax> absmax) {
    writer.add(weight, DType.U8, List.of(layout.codeBytes(), 1L), codes);
    writer.addFloat32(weight + MAP, List.of(16L), layout.type().codes());
    if (layout.group() == 0) {
      writer.addFloat32(
          weight + ABSMAX, List.of(layout.blocks()), () -> ((Absmax.Plain) absmax.get()).values());
    } else {
      Supplier<Absmax.Nested> nested = () -> (Absmax.Nested) absmax.get();
      addBytes(writer, weight + ABSMAX, layout.blocks(), () -> nested.get().codes());
      writer.addFloat32(
          weight + NESTED_ABSMAX, List.of(layout.groups()), () -> nested.get().scales());
      writer.addFloat32(weight + NESTED_MAP, List.of(256L), () -> nested.get().map());
    }
    addBytes(
        writer,
        weight + STATE + layout.type().id(),
        layout.stateBytes(),
        () -> layout.state(absmax.get()));
  }

  private static void addBytes(
      SafetensorsWriter writer, String name, long length, Supplier<byte[]> bytes) {
    writer.add(
        name,
        DType.U8,
        List.of(length),
        channel -> AtomicFile.writeFully(channel, ByteBuffer.wrap(bytes.get())));
  }
}
