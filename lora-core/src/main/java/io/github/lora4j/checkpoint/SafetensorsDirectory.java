package io.github.lora4j.checkpoint;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A Hugging Face model directory: {@code model.safetensors}, or the shards that {@code
 * model.safetensors.index.json} names. Names are those of the index, in its order; a tensor that a
 * shard holds but the index does not name is not seen. Thread-safe.
 */
public final class SafetensorsDirectory implements NamedTensors {

  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";
  private static final long MAX_INDEX_BYTES = SafetensorsHeader.MAX_HEADER_BYTES;

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final String source;
  private final Map<String, SafetensorsFile> fileOfTensor;

  private SafetensorsDirectory(String source, Map<String, SafetensorsFile> fileOfTensor) {
    this.source = source;
    this.fileOfTensor = Collections.unmodifiableMap(fileOfTensor);
  }

  /**
   * Opens the model in a directory; {@code model.safetensors} comes first if both are there.
   *
   * @throws CheckpointException if there is no model, a shard is missing or damaged, or the index
   *     names a tensor that its shard does not hold
   */
  public static NamedTensors open(Path directory) {
    if (Files.exists(directory.resolve(SINGLE))) {
      return SafetensorsFile.open(directory.resolve(SINGLE));
    }
    Path index = directory.resolve(INDEX);
    if (!Files.exists(index)) {
      throw new CheckpointException(
          directory.toString(), "holds neither " + SINGLE + " nor " + INDEX);
    }
    Map<String, String> shardOfTensor = readIndex(index);
    Map<String, SafetensorsFile> shards = new LinkedHashMap<>();
    Map<String, SafetensorsFile> fileOfTensor = new LinkedHashMap<>();
    try {
      shardOfTensor.forEach(
          (tensor, shardName) -> {
            SafetensorsFile shard =
                shards.computeIfAbsent(shardName, name -> openShard(index, directory, name));
            if (!shard.names().contains(tensor)) {
              throw new CheckpointException(
                  shard.source(), tensor, "is not in this shard, though " + index + " says so");
            }
            fileOfTensor.put(tensor, shard);
          });
    } catch (RuntimeException | Error e) {
      shards.values().forEach(SafetensorsFile::close);
      throw e;
    }
    return new SafetensorsDirectory(directory.toString(), fileOfTensor);
  }

  private static Map<String, String> readIndex(Path index) {
    String source = index.toString();
    JsonNode root;
    try {
      if (Files.size(index) > MAX_INDEX_BYTES) {
        throw new CheckpointException(source, "is over " + MAX_INDEX_BYTES + " bytes");
      }
      root = JSON.readTree(Files.readAllBytes(index));
    } catch (IOException e) {
      String problem = e.getMessage().lines().findFirst().orElse("");
      throw new CheckpointException(source, "is not a valid index: " + problem, e);
    }
    JsonNode weightMap = root.path("weight_map");
    if (!weightMap.isObject()) {
      throw new CheckpointException(source, "'weight_map' is not an object");
    }
    Map<String, String> shardOfTensor = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : weightMap.properties()) {
      if (!entry.getValue().isTextual()) {
        throw new CheckpointException(source, entry.getKey(), "its shard is not a string");
      }
      shardOfTensor.put(entry.getKey(), entry.getValue().textValue());
    }
    return shardOfTensor;
  }

  private static SafetensorsFile openShard(Path index, Path directory, String name) {
    // A shard is a plain file beside its index: no path may lead elsewhere.
    boolean plain =
        !name.isEmpty() && name.chars().noneMatch(c -> c == '/' || c == '\\' || c < ' ');
    if (!plain || name.equals(".") || name.equals("..") || name.indexOf(':') >= 0) {
      throw new CheckpointException(index.toString(), "shard '" + name + "' is not a file name");
    }
    Path shard = directory.resolve(name);
    if (!Files.exists(shard)) {
      throw new CheckpointException(index.toString(), "shard '" + name + "' is missing");
    }
    return SafetensorsFile.open(shard);
  }

  private SafetensorsFile file(String name) {
    SafetensorsFile file = fileOfTensor.get(name);
    if (file == null) {
      throw SafetensorsFile.missing(source, name, names());
    }
    return file;
  }

  @Override
  public String source() {
    return source;
  }

  @Override
  public Set<String> names() {
    return fileOfTensor.keySet();
  }

  @Override
  public TensorInfo info(String name) {
    return file(name).info(name);
  }

  @Override
  public float[] readFloat32(String name) {
    return file(name).readFloat32(name);
  }

  @Override
  public void read(String name, long offset, ByteBuffer to) {
    file(name).read(name, offset, to);
  }

  @Override
  public ByteBuffer bytes(String name, long offset, int length) {
    return file(name).bytes(name, offset, length);
  }

  @Override
  public void close() {
    fileOfTensor.values().forEach(SafetensorsFile::close);
  }
}
