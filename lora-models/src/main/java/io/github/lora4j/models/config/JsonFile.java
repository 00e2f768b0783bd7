package io.github.lora4j.models.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.lora4j.checkpoint.AtomicFile;
import io.github.lora4j.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Reads and writes the small JSON files of a checkpoint, each of which is one object. Stateless.
 */
public final class JsonFile {
  private static final JsonMapper JSON = new JsonMapper();

  /** Far more than any of them has: bounds the memory of a wrong file. */
  private static final long MAX_BYTES = 32 << 20;

  private JsonFile() {}

  /**
   * Reads a file.
   *
   * @throws CheckpointException if it cannot be read, has more than 32 MiB, or is no JSON object
   */
  public static ObjectNode read(Path file) {
    try {
      long size = Files.size(file);
      if (size > MAX_BYTES) {
        throw new CheckpointException(file.toString(), size + " bytes, more than " + MAX_BYTES);
      }
      return parse(file.toString(), Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      throw new CheckpointException(file.toString(), "no such file", e);
    } catch (IOException e) {
      throw unreadable(file.toString(), e);
    }
  }

  /**
   * Reads a file that need not be there: without it, the object is empty.
   *
   * @throws CheckpointException as {@link #read} does
   */
  public static ObjectNode readIfThere(Path file) {
    return Files.exists(file) ? read(file) : JSON.createObjectNode();
  }

  /**
   * Reads the content of a file.
   *
   * @param source what to call it in messages
   * @throws CheckpointException if it is no JSON object
   */
  public static ObjectNode parse(String source, byte[] json) {
    try {
      JsonNode root = JSON.readTree(json);
      if (root instanceof ObjectNode object) {
        return object;
      }
      throw new CheckpointException(source, "is not a JSON object");
    } catch (IOException e) {
      throw unreadable(source, e);
    }
  }

  /** Writes a file, aside and then moved into place. */
  public static void write(Path file, ObjectNode json) throws IOException {
    AtomicFile.write(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(json));
  }

  /** What is wrong with a file that could not be read or is not JSON. */
  public static CheckpointException unreadable(String source, IOException e) {
    String problem =
        e instanceof JsonProcessingException json
            ? "not valid JSON (" + json.getOriginalMessage().lines().findFirst().orElse("") + ")"
            : "cannot be read (" + e.getMessage() + ")";
    return new CheckpointException(source, problem, e);
  }
}
