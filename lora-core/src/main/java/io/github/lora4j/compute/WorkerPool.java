package io.github.lora4j.compute;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * A fixed number of threads that share the iterations of a loop; the calling thread is one of them.
 *
 * <p>Thread-safe: several callers may run loops at the same time, and a loop may be started from
 * within another. Which thread runs an iteration never changes its result.
 */
public final class WorkerPool implements AutoCloseable {
  /** The body of a loop. */
  @FunctionalInterface
  public interface Body {
    /** Runs iteration {@code index}. */
    void run(int index);
  }

  /**
   * How often an idle helper looks for work before it sleeps: about 100 microseconds, so that the
   * many small products of a token find it awake.
   */
  private static final int SPINS = 2_000;

  private final int threads;
  private final Queue<Loop> work = new ConcurrentLinkedQueue<>();
  private final Queue<Thread> sleepers = new ConcurrentLinkedQueue<>();
  private volatile boolean closed;

  /**
   * @param threads at least 1; the caller counts as one
   */
  public WorkerPool(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads is " + threads + ", must be at least 1");
    }
    this.threads = threads;
    for (int t = 1; t < threads; t++) {
      Thread helper = new Thread(this::help, "lora4j-worker-" + t);
      helper.setDaemon(true);
      helper.start();
    }
  }

  private void help() {
    while (!closed) {
      Loop loop = awaitWork();
      if (loop != null) {
        loop.run();
      }
    }
  }

  /** The next loop, or null after a sleep. */
  private Loop awaitWork() {
    for (int i = 0; i < SPINS && !closed; i++) {
      Loop loop = work.poll();
      if (loop != null) {
        return loop;
      }
      Thread.onSpinWait();
    }
    Thread self = Thread.currentThread();
    sleepers.add(self);
    // Whoever adds work from here on sees that this thread sleeps.
    Loop loop = work.poll();
    if (loop == null && !closed) {
      LockSupport.park(this);
    }
    sleepers.remove(self);
    return loop;
  }

  /** The number of threads, the caller included. */
  public int threads() {
    return threads;
  }

  /** Runs iterations 0 to {@code count - 1} and returns when all are done. */
  public void forEach(int count, Body body) {
    if (threads == 1 || count < 2) {
      for (int i = 0; i < count; i++) {
        body.run(i);
      }
      return;
    }
    Loop loop = new Loop(count, body);
    for (int t = 1; t < Math.min(threads, count); t++) {
      work.add(loop);
      Thread sleeper = sleepers.poll();
      if (sleeper != null) {
        LockSupport.unpark(sleeper);
      }
    }
    loop.run();
    loop.await();
  }

  /**
   * Runs {@code body} over {@code [0, count)} in contiguous ranges of at least {@code grain}, as
   * even as the number of threads allows.
   */
  public void forRanges(int count, int grain, RangeBody body) {
    int parts = parts(count, grain);
    if (parts == 1 || threads == 1) {
      if (count > 0) {
        body.run(0, count);
      }
      return;
    }
    forEach(parts, part -> body.run(start(part, parts, count), start(part + 1, parts, count)));
  }

  /** As {@link #forRanges}, and runs {@code beside} on one of the threads meanwhile. */
  public void forRangesBeside(Runnable beside, int count, int grain, RangeBody body) {
    if (threads == 1 || count == 0) {
      beside.run();
      forRanges(count, grain, body);
      return;
    }
    int parts = parts(count, grain);
    forEach(
        parts + 1,
        task -> {
          if (task == 0) {
            beside.run();
          } else {
            body.run(start(task - 1, parts, count), start(task, parts, count));
          }
        });
  }

  private int parts(int count, int grain) {
    return Math.max(1, Math.min(threads * 4, count / Math.max(1, grain)));
  }

  private static int start(int part, int parts, int count) {
    return (int) ((long) count * part / parts);
  }

  /** The body of a loop over ranges. */
  @FunctionalInterface
  public interface RangeBody {
    /** Runs iterations {@code from} (inclusive) to {@code to} (exclusive). */
    void run(int from, int to);
  }

  /** One loop in progress: threads take iterations until none is left. */
  private static final class Loop implements Runnable {
    private final int count;
    private final Body body;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger open;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    Loop(int count, Body body) {
      this.count = count;
      this.body = body;
      this.open = new AtomicInteger(count);
    }

    @Override
    public void run() {
      for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
        try {
          if (failure.get() == null) {
            body.run(i);
          }
        } catch (Throwable e) {
          failure.compareAndSet(null, e);
        } finally {
          if (open.decrementAndGet() == 0) {
            synchronized (this) {
              notifyAll();
            }
          }
        }
      }
    }

    void await() {
      for (int i = 0; i < SPINS && open.get() > 0; i++) {
        Thread.onSpinWait();
      }
      boolean interrupted = false;
      synchronized (this) {
        while (open.get() > 0) {
          try {
            wait();
          } catch (InterruptedException e) {
            interrupted = true;
          }
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      if (failure.get() instanceof RuntimeException e) {
        throw e;
      } else if (failure.get() instanceof Error e) {
        throw e;
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    for (Thread sleeper = sleepers.poll(); sleeper != null; sleeper = sleepers.poll()) {
      LockSupport.unpark(sleeper);
    }
  }
}
