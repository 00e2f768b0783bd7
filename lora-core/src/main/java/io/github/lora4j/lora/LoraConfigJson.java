package io.github.lora4j.lora;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.lora4j.checkpoint.AtomicFile;
import io.github.lora4j.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * PEFT's {@code adapter_config.json}. What is written is laid out as PEFT 0.21 does: all fields,
 * sorted, indented by two. Stateless and thread-safe.
 */
public final class LoraConfigJson {

  /** The name of the file in an adapter's directory. */
  public static final String FILE_NAME = "adapter_config.json";

  /** Far more than any configuration has. */
  private static final long MAX_BYTES = 16 << 20;

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
          .build();

  private LoraConfigJson() {}

  /**
   * Reads a file.
   *
   * @throws CheckpointException if it is missing or not valid, or has a field that is not
   *     supported; the message names the field
   */
  public static LoraConfig read(Path file) {
    String source = file.toString();
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new CheckpointException(source, "has more than " + MAX_BYTES + " bytes");
      }
      return parse(source, Files.readString(file));
    } catch (NoSuchFileException e) {
      throw new CheckpointException(source, "file does not exist", e);
    } catch (IOException e) {
      throw new CheckpointException(source, "cannot be read: " + e, e);
    }
  }

  /**
   * Reads a text.
   *
   * @param source the file, for messages
   * @throws CheckpointException as {@link #read}
   */
  public static LoraConfig parse(String source, String json) {
    JsonNode root;
    try {
      root = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      String problem = e.getOriginalMessage().lines().findFirst().orElse("");
      throw new CheckpointException(source, "is not valid JSON: " + problem, e);
    }
    if (!root.isObject()) {
      throw new CheckpointException(source, "is not a JSON object");
    }
    try {
      return new LoraConfigFields(root).toConfig();
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(source, e.getMessage(), e);
    }
  }

  /** The text that {@link #write} writes. */
  public static String toJson(LoraConfig config) {
    Map<String, Object> sorted = new TreeMap<>(LoraConfigFields.toFields(config));
    try {
      return pythonLayout().writeValueAsString(sorted);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("otherFields cannot be written as JSON", e);
    }
  }

  /**
   * Writes a file aside and moves it into place.
   *
   * @throws CheckpointException if it cannot be written; a file that was there is unchanged
   */
  public static void write(LoraConfig config, Path file) {
    try {
      AtomicFile.write(file, toJson(config).getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new CheckpointException(file.toString(), "cannot be written: " + e, e);
    }
  }

  /** The layout of Python's {@code json.dumps(..., indent=2)}. */
  private static ObjectWriter pythonLayout() {
    DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
    Separators separators =
        Separators.createDefaultInstance()
            .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
            .withObjectEmptySeparator("")
            .withArrayEmptySeparator("");
    DefaultPrettyPrinter printer = new DefaultPrettyPrinter(separators);
    printer.indentObjectsWith(indenter);
    printer.indentArraysWith(indenter);
    return JSON.writer(printer);
  }
}
