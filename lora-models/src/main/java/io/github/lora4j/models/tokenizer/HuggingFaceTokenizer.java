package io.github.lora4j.models.tokenizer;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import io.github.lora4j.checkpoint.CheckpointException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

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
  /** Texts that are encoded at a time: the library holds far more of each than its ids. */
  private static final int TOGETHER = 1024;

  private final ai.djl.huggingface.tokenizers.HuggingFaceTokenizer tokenizer;
  private final int maxLength;
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private boolean closed;

  private HuggingFaceTokenizer(
      ai.djl.huggingface.tokenizers.HuggingFaceTokenizer tokenizer, int maxLength) {
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
    byte[] content = json.readAllBytes();
    stayOffline();
    Map<String, String> options =
        Map.of(
            "padding", "false",
            "truncation", "true",
            "stride", "0",
            "maxLength", Integer.toString(maxLength),
            "modelMaxLength", Integer.toString(maxLength));
    HuggingFaceTokenizer loaded;
    try {
      loaded =
          new HuggingFaceTokenizer(
              ai.djl.huggingface.tokenizers.HuggingFaceTokenizer.newInstance(
                  new ByteArrayInputStream(content), options),
              maxLength);
    } catch (EngineException | LinkageError e) {
      String platform = System.getProperty("os.name") + " " + System.getProperty("os.arch");
      throw new IllegalStateException(
          "the native tokenizer library cannot be loaded on " + platform + ": " + e, e);
    } catch (RuntimeException e) {
      throw new CheckpointException(
          source, "not a readable tokenizer.json (" + e.getMessage() + ")", e);
    }
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

  // Only ids and the overflow are fetched: DJL's own Encoding takes as long as the tokenization.
  @Override
  public TokenBatch encodeBatch(List<String> texts) {
    String[] array = texts.toArray(new String[0]);
    for (String text : array) {
      Objects.requireNonNull(text, "text");
    }
    lock.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("the tokenizer is closed");
      }
      List<int[]> ids = new ArrayList<>(array.length);
      int cut = 0;
      for (int from = 0; from < array.length; from += TOGETHER) {
        int to = Math.min(array.length, from + TOGETHER);
        cut += encode(Arrays.copyOfRange(array, from, to), ids);
      }
      return new TokenBatch(ids, cut);
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Adds the ids of each text and returns how many texts were cut. */
  private int encode(String[] texts, List<int[]> ids) {
    TokenizersLibrary library = TokenizersLibrary.LIB;
    int cut = 0;
    for (long encoding : library.batchEncode(tokenizer.getHandle(), texts, true)) {
      ids.add(toInts(library.getTokenIds(encoding)));
      cut += library.getOverflowCount(encoding) > 0 ? 1 : 0;
      library.deleteEncoding(encoding);
    }
    return cut;
  }

  @Override
  public int maxLength() {
    return maxLength;
  }

  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      closed = true;
      tokenizer.close();
    } finally {
      lock.writeLock().unlock();
    }
  }

  private static int[] toInts(long[] ids) {
    int[] ints = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      ints[i] = Math.toIntExact(ids[i]);
    }
    return ints;
  }

  private static void stayOffline() {
    for (String name : List.of("OPT_OUT_TRACKING", "RUST_FLAVOR")) {
      if (System.getenv(name) == null && System.getProperty(name) == null) {
        System.setProperty(name, name.equals("RUST_FLAVOR") ? "cpu" : "true");
      }
    }
  }
}
