package io.github.lora4j.adapter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.lora4j.checkpoint.AtomicFile;
import io.github.lora4j.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The file {@code lora4j.json} beside PEFT's two, which PEFT ignores.
 *
 * @param modulePrefix what module names in PEFT's files have before the base's own names
 * @param info the rest
 */
record AdapterInfoJson(String modulePrefix, AdapterInfo info) {

  static final String FILE_NAME = "lora4j.json";

  private static final int VERSION = 1;

  private static final long MAX_BYTES = 16 << 20;

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  /**
   * Reads the file of a directory; nothing is known if there is none.
   *
   * @throws CheckpointException if it is not valid or of a later version
   */
  static AdapterInfoJson read(Path directory) {
    Path file = directory.resolve(FILE_NAME);
    if (!Files.exists(file)) {
      return new AdapterInfoJson("", AdapterInfo.NONE);
    }
    String source = file.toString();
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new CheckpointException(source, "has more than " + MAX_BYTES + " bytes");
      }
      return parse(JSON.readTree(Files.readString(file)));
    } catch (JsonProcessingException e) {
      String problem = e.getOriginalMessage().lines().findFirst().orElse("");
      throw new CheckpointException(source, "is not valid JSON: " + problem, e);
    } catch (IOException e) {
      throw new CheckpointException(source, "cannot be read: " + e, e);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(source, e.getMessage(), e);
    }
  }

  private static AdapterInfoJson parse(JsonNode root) {
    if (root.path("version").asInt(-1) != VERSION) {
      throw new IllegalArgumentException(
          "version is " + root.path("version") + ", this program reads " + VERSION);
    }
    List<String> labels = new ArrayList<>();
    for (JsonNode label : root.path("labels")) {
      labels.add(text("labels", label));
    }
    Map<String, String> extra = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : root.path("extra").properties()) {
      extra.put(entry.getKey(), text("extra." + entry.getKey(), entry.getValue()));
    }
    String prefix = text("module_prefix", root.get("module_prefix"));
    AdapterInfo info =
        new AdapterInfo(
            labels,
            text("base_fingerprint", root.get("base_fingerprint")),
            text("pooling", root.get("pooling")),
            extra);
    return new AdapterInfoJson(prefix == null ? "" : prefix, info);
  }

  private static String text(String field, JsonNode node) {
    if (node != null && !node.isNull() && !node.isTextual()) {
      throw new IllegalArgumentException(field + " = " + node + " is not a string");
    }
    return node == null ? null : node.textValue();
  }

  void write(Path directory) throws IOException {
    ObjectNode root = JSON.createObjectNode();
    root.put("version", VERSION);
    root.put("module_prefix", modulePrefix);
    root.put("base_fingerprint", info.baseFingerprint());
    root.put("pooling", info.pooling());
    root.set("labels", JSON.valueToTree(info.labels()));
    root.set("extra", JSON.valueToTree(info.extra()));
    AtomicFile.write(directory.resolve(FILE_NAME), JSON.writeValueAsBytes(root));
  }
}
