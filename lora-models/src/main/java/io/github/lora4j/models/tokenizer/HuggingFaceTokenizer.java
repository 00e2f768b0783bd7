package io.github.lora4j.models.tokenizer;

import io.github.lora4j.checkpoint.CheckpointException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The Rust tokenizer of Hugging Face, from a {@code tokenizer.json}. Truncation and padding of the
 * file are replaced: texts are cut at {@link #maxLength} and never padded.
 *
 * <p>Thread-safe: any number of threads may encode at the same time, and {@link #close} waits for
 * them. A batch is encoded by the library's own threads, one per core (the environment variable
 * {@code RAYON_NUM_THREADS} sets their number).
 *
 * <p>Nothing is downloaded and nothing is reported. The native library comes out of the DJL jar and
 * is kept in DJL's cache directory. For that this class sets DJL's system properties {@code
 * OPT_OUT_TRACKING=true} and {@code RUST_FLAVOR=cpu}, unless the application has set them.
 */
public final class HuggingFaceTokenizer implements Tokenizer {
  private final NativeTokenizer tokenizer;
  private final int maxLength;

  private HuggingFaceTokenizer(NativeTokenizer tokenizer, int maxLength) {
    this.tokenizer = tokenizer;
    this.maxLength = maxLength;
  }

  /**
   * Loads a tokenizer.
   *
   * @param file a {@code tokenizer.json}
   * @param maxLength the most ids for a text, special tokens included
   * @throws CheckpointException if the file cannot be read or is no tokenizer
   * @throws IllegalArgumentException if {@code maxLength} leaves no room beside the special tokens
   * @throws IllegalStateException if there is no native library for this platform
   */
  public static HuggingFaceTokenizer load(Path file, int maxLength) {
    try (InputStream in = Files.newInputStream(file)) {
      return load(file.toString(), in, maxLength);
    } catch (NoSuchFileException e) {
      throw new CheckpointException(file.toString(), "no such file", e);
    } catch (IOException e) {
      throw new CheckpointException(file.toString(), "cannot be read (" + e.getMessage() + ")", e);
    }
  }

  /**
   * Loads a tokenizer from a stream, which stays open.
   *
   * @param source what to call it in messages
   * @param json a {@code tokenizer.json}
   * @param maxLength as for {@link #load(Path, int)}
   * @throws IOException if the stream cannot be read
   */
  public static HuggingFaceTokenizer load(String source, InputStream json, int maxLength)
      throws IOException {
    if (maxLength < 1) {
      throw new IllegalArgumentException("max length is " + maxLength + ", not positive");
    }
    Map<String, String> options =
        Map.of(
            "padding", "false",
            "truncation", "true",
            "stride", "0",
            "maxLength", Integer.toString(maxLength),
            "modelMaxLength", Integer.toString(maxLength));
    HuggingFaceTokenizer loaded =
        new HuggingFaceTokenizer(
            NativeTokenizer.load(source, json.readAllBytes(), options), maxLength);
    int special = loaded.encode("").length;
    if (special >= maxLength) {
      loaded.close();
      throw new IllegalArgumentException(
          "max length " + maxLength + " leaves no room beside " + special + " special tokens");
    }
    return loaded;
  }

  @Override
  public int[] encode(String text) {
    return encodeBatch(List.of(text)).ids().get(0);
  }

  @Override
  public TokenBatch encodeBatch(List<String> texts) {
    return tokenizer.encode(texts, true);
  }

  @Override
  public int maxLength() {
    return maxLength;
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
