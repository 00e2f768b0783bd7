package io.github.lora4j.models.generate;

import io.github.lora4j.models.decoder.KvCache;
import java.util.Arrays;

/**
 * A sequence in generation. The engine writes to it; others read it once {@link #finishReason} is
 * not null, and may {@link #cancel} it at any time.
 */
public final class GenerationSequence {
  private final GenerationRequest request;
  private KvCache cache;
  private int[] ids;
  private int length;
  private int cachedTokens;
  private long started;
  private long first;
  private long last;
  private volatile boolean cancelled;
  private volatile RuntimeException failure;
  private volatile FinishReason finishReason;

  GenerationSequence(GenerationRequest request) {
    this.request = request;
    this.ids = Arrays.copyOf(request.prompt(), request.prompt().length + 16);
    this.length = request.prompt().length;
  }

  /** What was asked for. */
  public GenerationRequest request() {
    return request;
  }

  /** The generated tokens, without the prompt and the token that ended it. */
  public int[] generated() {
    return Arrays.copyOfRange(ids, request.prompt().length, length);
  }

  /** Tokens of the prompt whose keys and values another sequence had computed. */
  public int cachedTokens() {
    return cachedTokens;
  }

  /** How long it took. */
  public GenerationTimes times() {
    return new GenerationTimes((first - started) / 1e9, (last - first) / 1e9);
  }

  /** Why it ended; null as long as it goes on. */
  public FinishReason finishReason() {
    return finishReason;
  }

  /** What went wrong, if it {@link FinishReason#FAILED}. */
  public RuntimeException failure() {
    return failure;
  }

  /** Ends it before the next token; from any thread. */
  public void cancel() {
    cancelled = true;
  }

  boolean cancelled() {
    return cancelled;
  }

  KvCache cache() {
    return cache;
  }

  /** True once the model has seen some of it. */
  boolean begun() {
    return cache.length() > 0;
  }

  /** Takes what the model has seen of another sequence that begins with the same tokens. */
  void reuse(KvCache other, int tokens) {
    cache.copy(other, tokens);
    cachedTokens = tokens;
  }

  /** The tokens that the model has not seen yet, at most so many of them. */
  int[] next(int most) {
    int seen = cache.length();
    return Arrays.copyOfRange(ids, seen, Math.min(length, seen + most));
  }

  /** Tokens that the model has not seen yet. */
  int waiting() {
    return length - cache.length();
  }

  /**
   * The first pass for it is next.
   *
   * @param empty takes its keys and values in
   */
  void start(KvCache empty) {
    cache = empty;
    started = System.nanoTime();
    first = started;
    last = started;
  }

  /** Its keys and values, which it needs no more, or null if it was not started. */
  KvCache giveBack() {
    KvCache used = cache;
    cache = null;
    return used;
  }

  /** Takes the logits that follow the last token, which may be changed. */
  void advance(float[] logits, int context) {
    try {
      int token = request.chooser().next(logits, ids, length);
      long chosen = System.nanoTime();
      if (length == request.prompt().length) {
        first = chosen;
        last = chosen;
      }
      if (request.endTokens().contains(token)) {
        finish(FinishReason.STOP);
        return;
      }
      ids = length < ids.length ? ids : Arrays.copyOf(ids, 2 * length);
      ids[length++] = token;
      last = chosen;
      if (!request.onToken().test(token)) {
        finish(FinishReason.STOP);
      } else if (length - request.prompt().length >= request.maxNewTokens()) {
        finish(FinishReason.LENGTH);
      } else if (length >= context) {
        finish(FinishReason.CONTEXT);
      }
    } catch (RuntimeException e) {
      // The other sequences of the batch go on.
      fail(e);
    }
  }

  void fail(RuntimeException e) {
    failure = e;
    finish(FinishReason.FAILED);
  }

  void finish(FinishReason reason) {
    finishReason = reason;
  }
}
