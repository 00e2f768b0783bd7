package io.github.lora4j.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdapterRegistryTest {

  @TempDir Path folder;

  /** The bound form of the tests: all numbers of the adapter in one array. */
  private static float[] flatten(LoraAdapter adapter) {
    List<Float> all = new ArrayList<>();
    for (LoraWeights weights : adapter.weights().values()) {
      for (float value : weights.a()) {
        all.add(value);
      }
      for (float value : weights.b()) {
        all.add(value);
      }
    }
    float[] flat = new float[all.size()];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = all.get(i);
    }
    return flat;
  }

  @Test
  void changesAreSeenAndOldVersionsStayWhole() {
    AdapterRegistry<float[]> registry = new AdapterRegistry<>(AdapterRegistryTest::flatten);
    BoundAdapter<float[]> first = registry.register(TestAdapters.filled("a", 1));
    registry.register(TestAdapters.filled("b", 5));
    assertSame(first, registry.get("a"));
    BoundAdapter<float[]> second = registry.replace(TestAdapters.filled("a", 2));
    assertTrue(second.version() > first.version());
    assertSame(second, registry.get("a"));
    assertEquals(1f, first.form()[0]);
    assertEquals(2f, second.form()[0]);
    assertEquals(List.of("a", "b"), registry.names());
    assertEquals(second.version(), registry.unload("a").version());
    assertEquals(List.of("b"), registry.names());
    assertTrue(registry.find("a").isEmpty());
  }

  @Test
  void errorsNameTheAdapters() {
    AdapterRegistry<LoraAdapter> registry = AdapterRegistry.unbound();
    var none = assertThrows(UnknownAdapterException.class, () -> registry.get("a"));
    assertEquals("no adapter 'a'; loaded: []", none.getMessage());
    registry.register(TestAdapters.filled("a", 1));
    for (int i = 0; i < 30; i++) {
      registry.register(TestAdapters.filled("t" + i, 1));
    }
    var unknown = assertThrows(UnknownAdapterException.class, () -> registry.unload("b"));
    assertTrue(unknown.getMessage().startsWith("no adapter 'b'; loaded: [a, t0, "));
    assertTrue(unknown.getMessage().endsWith(" and others, 31 in all"), unknown.getMessage());
    assertThrows(
        UnknownAdapterException.class, () -> registry.replace(TestAdapters.filled("b", 1)));
    var twice =
        assertThrows(
            IllegalArgumentException.class, () -> registry.register(TestAdapters.filled("a", 2)));
    assertTrue(twice.getMessage().contains("'a' is loaded already"), twice.getMessage());
  }

  @Test
  void failingBinderChangesNothing() {
    AdapterRegistry<Object> registry =
        new AdapterRegistry<>(
            adapter -> {
              if (adapter.weights().get(TestAdapters.QUERY_0).a()[0] > 1) {
                throw new IllegalArgumentException("does not fit");
              }
              return adapter;
            });
    BoundAdapter<Object> old = registry.register(TestAdapters.filled("a", 1));
    assertThrows(
        IllegalArgumentException.class, () -> registry.replace(TestAdapters.filled("a", 2)));
    assertThrows(
        IllegalArgumentException.class, () -> registry.register(TestAdapters.filled("b", 2)));
    assertSame(old, registry.get("a"));
    assertEquals(List.of("a"), registry.names());
  }

  @Test
  void loadsFromADirectory() {
    PeftAdapterFiles.save(TestAdapters.filled("x", 3), folder);
    AdapterRegistry<LoraAdapter> registry = AdapterRegistry.unbound();
    BoundAdapter<LoraAdapter> loaded = registry.load("y", folder);
    assertEquals(TestAdapters.filled("y", 3), loaded.form());
    assertThrows(IllegalArgumentException.class, () -> registry.load("y", folder));
  }

  @Test
  void readersNeverSeeATornAdapter() throws Exception {
    AdapterRegistry<float[]> registry = new AdapterRegistry<>(AdapterRegistryTest::flatten);
    registry.register(TestAdapters.filled("hot", 0));
    AtomicBoolean stop = new AtomicBoolean();
    CountDownLatch started = new CountDownLatch(3);
    ExecutorService pool = Executors.newFixedThreadPool(5);
    List<Future<Long>> readers = new ArrayList<>();
    try {
      for (int i = 0; i < 3; i++) {
        readers.add(pool.submit(reader(registry, stop, started)));
      }
      started.await();
      Future<?> churn = pool.submit(churn(registry, stop));
      for (int i = 1; i <= 3000; i++) {
        registry.replace(TestAdapters.filled("hot", i));
      }
      stop.set(true);
      churn.get();
      for (Future<Long> reader : readers) {
        assertTrue(reader.get() > 100, "lookups: " + reader.get());
      }
      assertEquals(3000f, registry.get("hot").form()[0]);
      assertEquals(List.of("hot"), registry.names());
    } finally {
      stop.set(true);
      pool.shutdownNow();
    }
  }

  /** Checks that data, form and version of each lookup belong together and go forward. */
  private static Callable<Long> reader(
      AdapterRegistry<float[]> registry, AtomicBoolean stop, CountDownLatch started) {
    return () -> {
      long lookups = 0;
      float last = -1;
      long lastVersion = 0;
      started.countDown();
      while (!stop.get() || lookups <= 100) {
        BoundAdapter<float[]> bound = registry.get("hot");
        float value = bound.form()[0];
        for (float other : bound.form()) {
          assertEquals(value, other);
        }
        for (LoraWeights weights : bound.adapter().weights().values()) {
          assertEquals(value, weights.b()[weights.b().length - 1]);
        }
        assertTrue(value >= last, "an older version came back");
        assertTrue(bound.version() >= lastVersion);
        assertEquals(value == last, bound.version() == lastVersion || last < 0 && value < 0);
        last = value;
        lastVersion = bound.version();
        lookups++;
      }
      return lookups;
    };
  }

  /** Another name comes and goes: its changes must not undo those of the first. */
  private static Callable<Void> churn(AdapterRegistry<float[]> registry, AtomicBoolean stop) {
    return () -> {
      while (!stop.get()) {
        registry.register(TestAdapters.filled("cold", 7));
        assertFalse(registry.find("hot").isEmpty());
        registry.unload("cold");
      }
      return null;
    };
  }
}
