package io.github.lora4j.models.tokenizer;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import io.github.lora4j.checkpoint.CheckpointException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The Rust tokenizer of Hugging Face behind a lock: any number of threads may use it at the same
 * time, and {@link #close} waits for them.
 */
final class NativeTokenizer implements AutoCloseable {
  /** Texts that are encoded at a time: the library holds far more of each than its ids. */
  private static final int TOGETHER = 1024;

  private final HuggingFaceTokenizer tokenizer;
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private boolean closed;

  private NativeTokenizer(HuggingFaceTokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /**
   * Loads a tokenizer.
   *
   * @param source what to call it in messages
   * @param json the content of a {@code tokenizer.json}
   * @param options of DJL: truncation and padding
   * @throws CheckpointException if it is no tokenizer
   * @throws IllegalStateException if there is no native library for this platform
   */
  static NativeTokenizer load(String source, byte[] json, Map<String, String> options) {
    stayOffline();
    try {
      return new NativeTokenizer(
          HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), options));
    } catch (EngineException | LinkageError e) {
      String platform = System.getProperty("os.name") + " " + System.getProperty("os.arch");
      throw new IllegalStateException(
          "the native tokenizer library cannot be loaded on " + platform + ": " + e, e);
    } catch (IOException | RuntimeException e) {
      throw new CheckpointException(
          source, "not a readable tokenizer.json (" + e.getMessage() + ")", e);
    }
  }

  /** The ids of each text, and how many texts were cut. */
  TokenBatch encode(List<String> texts, boolean addSpecialTokens) {
    String[] array = texts.toArray(new String[0]);
    for (String text : array) {
      Objects.requireNonNull(text, "text");
    }
    lock.readLock().lock();
    try {
      requireOpen();
      List<int[]> ids = new ArrayList<>(array.length);
      int cut = 0;
      for (int from = 0; from < array.length; from += TOGETHER) {
        int to = Math.min(array.length, from + TOGETHER);
        cut += encode(Arrays.copyOfRange(array, from, to), addSpecialTokens, ids);
      }
      return new TokenBatch(ids, cut);
    } finally {
      lock.readLock().unlock();
    }
  }

  // Only ids and the overflow are fetched: DJL's own Encoding takes as long as the tokenization.

  /** Adds the ids of each text and returns how many texts were cut. */
  private int encode(String[] texts, boolean addSpecialTokens, List<int[]> ids) {
    TokenizersLibrary library = TokenizersLibrary.LIB;
    int cut = 0;
    for (long encoding : library.batchEncode(tokenizer.getHandle(), texts, addSpecialTokens)) {
      ids.add(toInts(library.getTokenIds(encoding)));
      cut += library.getOverflowCount(encoding) > 0 ? 1 : 0;
      library.deleteEncoding(encoding);
    }
    return cut;
  }

  /** The text of ids, as the library decodes them. */
  String decode(int[] ids, boolean skipSpecialTokens) {
    long[] longs = Arrays.stream(ids).asLongStream().toArray();
    lock.readLock().lock();
    try {
      requireOpen();
      return TokenizersLibrary.LIB.decode(tokenizer.getHandle(), longs, skipSpecialTokens);
    } finally {
      lock.readLock().unlock();
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the tokenizer is closed");
    }
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
