package io.github.lora4j.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Eight threads share forty adapters, of which eight have room, while some are pinned and not. */
class RegistryEvictionStressTest {

  private static final int THREADS = 8;
  private static final int ADAPTERS = 40;
  private static final int ROOM = 8;
  private static final int CALLS = 1_500;
  private static final long ONE = TestAdapters.filled("any", 1).byteSize();

  @TempDir Path folder;

  private final AdapterRegistry<LoraAdapter> registry =
      new AdapterRegistry<>(adapter -> adapter, ROOM * ONE);

  private Callable<Void> caller(int thread) {
    return () -> {
      Random random = new Random(thread);
      for (int call = 0; call < CALLS; call++) {
        int adapter = (int) (ADAPTERS * Math.pow(random.nextDouble(), 3));
        LoraAdapter got = registry.get("a" + adapter).form();
        assertEquals(adapter, got.weights().get(TestAdapters.QUERY_1).b()[3]);
        if (call % 50 == thread) {
          // Threads pin different ones, and fewer than there is room for.
          registry.pin("a" + (thread % 4), call % 100 < 50);
          assertTrue(residentBytes() <= ROOM * ONE);
        }
      }
      return null;
    };
  }

  /** Of one moment only if nothing comes in meanwhile, so it is asked for under the same lock. */
  private long residentBytes() {
    synchronized (registry) {
      return registry.list().stream()
          .filter(AdapterStatus::resident)
          .mapToLong(AdapterStatus::bytes)
          .sum();
    }
  }

  @Test
  @Timeout(300)
  void callsGetTheirAdapterAndTheBudgetHolds() throws Exception {
    for (int i = 0; i < ADAPTERS; i++) {
      Path directory = folder.resolve("a" + i);
      PeftAdapterFiles.save(TestAdapters.filled("a" + i, i), directory);
      registry.load("a" + i, directory);
    }
    ExecutorService pool = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<Void>> callers = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        callers.add(pool.submit(caller(thread)));
      }
      for (Future<Void> caller : callers) {
        caller.get();
      }
    } finally {
      pool.shutdownNow();
    }
    List<AdapterStatus> all = registry.list();
    assertEquals((long) THREADS * CALLS, all.stream().mapToLong(AdapterStatus::calls).sum());
    long evictions = all.stream().mapToLong(AdapterStatus::evictions).sum();
    assertTrue(evictions > 100, evictions + " evictions");
    for (AdapterStatus status : all) {
      // What came in is there or was evicted, or served one call when all else was pinned.
      assertTrue(status.loads() - status.evictions() >= (status.resident() ? 1 : 0), status.name());
    }
    assertTrue(residentBytes() <= ROOM * ONE);
    assertTrue(residentBytes() > (ROOM - 2) * ONE);
  }
}
