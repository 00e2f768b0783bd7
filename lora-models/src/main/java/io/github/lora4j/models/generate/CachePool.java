package io.github.lora4j.models.generate;

import io.github.lora4j.models.decoder.DecoderModel;
import io.github.lora4j.models.decoder.KvCache;
import java.util.ArrayDeque;
import java.util.Deque;

/** Caches of sequences that have ended, for those that come. For one thread. */
final class CachePool {
  /** A larger one is left to the garbage collector: few sequences need so much. */
  private static final int KEPT = 1024;

  /** A sequence that may become long grows as it goes. */
  private static final int AHEAD = 256;

  private final DecoderModel model;
  private final Deque<KvCache> free = new ArrayDeque<>();

  CachePool(DecoderModel model) {
    this.model = model;
  }

  /** An empty cache. */
  KvCache take(GenerationRequest request) {
    KvCache cache = free.isEmpty() ? model.newCache() : free.pop();
    cache.truncate(0);
    cache.reserve(request.prompt().length + Math.min(request.maxNewTokens(), AHEAD));
    return cache;
  }

  /** Takes one back; null is none. */
  void give(KvCache cache) {
    if (cache != null && cache.capacity() <= KEPT) {
      free.push(cache);
    }
  }
}
