package io.github.lora4j.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.KernelSet;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.lora.LinearLayer;
import io.github.lora4j.tensor.Tensor;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Eight threads: six compute with whatever version they get, one replaces the adapter, one lets an
 * alias lead elsewhere. {@code -Dlora4j.swaps=1000000} swaps as often as that, half of it each way.
 */
class RegistryStressTest {

  private static final int SWAPS = Integer.getInteger("lora4j.swaps", 20_000);
  private static final int CALLERS = 6;
  private static final int VERSIONS = 16;

  private final Compute compute = new Compute(KernelSet.SCALAR, 1);
  private final List<LinearLayer> layers =
      List.of(layer(TestAdapters.QUERY_0, 0.3f), layer(TestAdapters.QUERY_1, -0.7f));
  private final List<LoraAdapter> hot = versions("hot", 1);
  private final List<LoraAdapter> others = versions("other", 100);
  private final Map<LoraAdapter, float[]> expected = new IdentityHashMap<>();
  private final AdapterRegistry<InferenceAdapter> registry =
      new AdapterRegistry<>(InferenceAdapter::new);
  private final AtomicBoolean stop = new AtomicBoolean();

  private LinearLayer layer(String name, float value) {
    float[] weights = TestAdapters.array(6 * 8, value);
    return new LinearLayer(name, compute.gemm().dense(weights, 6, 8), null);
  }

  private static List<LoraAdapter> versions(String name, int first) {
    List<LoraAdapter> versions = new ArrayList<>();
    for (int i = 0; i < VERSIONS; i++) {
      versions.add(TestAdapters.filled(name, first + i));
    }
    return versions;
  }

  /** A call: two layers, each of which asks the adapter for its part. */
  private float[] call(Compute serial, ActiveAdapter adapter) {
    float[] out = new float[2 * 2 * 6];
    try (Tape tape = Tape.inference(serial)) {
      Var x = tape.input(Tensor.of(TestAdapters.array(2 * 8, 0.25f), 2, 8));
      for (int i = 0; i < 2; i++) {
        float[] y = layers.get(i).forward(tape, x, adapter).value().data();
        System.arraycopy(y, 0, out, i * 12, 12);
      }
    }
    return out;
  }

  private Callable<Long> caller(String name, CountDownLatch started) {
    return () -> {
      Compute serial = compute.serial();
      long calls = 0;
      started.countDown();
      while (!stop.get() || calls == 0) {
        BoundAdapter<InferenceAdapter> bound = registry.get(name);
        float[] out = call(serial, bound.form());
        assertArrayEquals(expected.get(bound.adapter()), out, "not of the version it began with");
        calls++;
      }
      return calls;
    };
  }

  private Callable<Long> replaceAll(int swaps, List<WeakReference<Object>> forms) {
    return () -> {
      long last = 0;
      for (int i = 0; i < swaps; i++) {
        BoundAdapter<InferenceAdapter> bound = registry.replace(hot.get(i % VERSIONS));
        assertTrue(bound.version() > last);
        last = bound.version();
        if (i % 101 == 0) {
          forms.add(new WeakReference<>(bound.form()));
        }
      }
      return last;
    };
  }

  private Callable<Long> activateAll(int swaps) {
    return () -> {
      for (int i = 0; i < swaps; i++) {
        registry.activate("best", i % 2 == 0 ? "other" : "hot");
        if (i % 1000 == 999) {
          registry.replace(others.get(i / 1000 % VERSIONS));
        }
      }
      return (long) swaps / 1000;
    };
  }

  @Test
  @Timeout(3600)
  void everyOutputIsThatOfOneVersionAndNothingIsLost() throws Exception {
    hot.forEach(version -> expected.put(version, call(compute, new InferenceAdapter(version))));
    others.forEach(version -> expected.put(version, call(compute, new InferenceAdapter(version))));
    long distinct =
        expected.values().stream().map(out -> List.of(out[0], out[12])).distinct().count();
    assertEquals(2 * VERSIONS, distinct, "versions that cannot be told apart");

    registry.register(hot.get(0));
    registry.register(others.get(0));
    registry.activate("best", "hot");
    List<WeakReference<Object>> forms = new ArrayList<>();
    ExecutorService threads = Executors.newFixedThreadPool(CALLERS + 2);
    CountDownLatch started = new CountDownLatch(CALLERS);
    try {
      List<Future<Long>> callers = new ArrayList<>();
      for (int i = 0; i < CALLERS; i++) {
        callers.add(threads.submit(caller(i % 2 == 0 ? "hot" : "best", started)));
      }
      started.await();
      long before = usedAfterCollection();
      Future<Long> replacing = threads.submit(replaceAll(SWAPS / 2, forms));
      Future<Long> activating = threads.submit(activateAll(SWAPS / 2));
      long lastVersion = replacing.get();
      long replacedOthers = activating.get();
      stop.set(true);
      long calls = 0;
      for (Future<Long> caller : callers) {
        calls += caller.get();
      }
      System.out.printf(
          "%d swaps, %d calls, heap %d KiB before and %d KiB after%n",
          SWAPS, calls, before / 1024, usedAfterCollection() / 1024);

      List<AdapterStatus> list = registry.list();
      assertEquals(SWAPS / 2 + 1, list.get(0).loads(), "swaps that were lost");
      assertEquals(replacedOthers + 1, list.get(1).loads(), "swaps that were lost");
      assertEquals(calls, list.get(0).calls() + list.get(1).calls(), "calls that were lost");
      assertEquals(lastVersion, list.get(0).version());
      assertEquals(hot.get((SWAPS / 2 - 1) % VERSIONS), registry.get("hot").adapter());
      assertOnlyTheCurrentFormIsHeld(forms);
    } finally {
      stop.set(true);
      threads.shutdownNow();
      compute.close();
    }
  }

  private void assertOnlyTheCurrentFormIsHeld(List<WeakReference<Object>> forms)
      throws InterruptedException {
    Object current = registry.get("hot").form();
    assertTrue(forms.size() > SWAPS / 400, forms.size() + " forms looked at");
    // A collector may need more than one run; a form that is held stays through all of them.
    for (WeakReference<Object> form : forms) {
      for (int tries = 0; form.get() != null && form.get() != current; tries++) {
        assertTrue(tries < 100, "a replaced version is still in memory");
        System.gc();
        Thread.sleep(10);
      }
    }
  }

  private static long usedAfterCollection() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
