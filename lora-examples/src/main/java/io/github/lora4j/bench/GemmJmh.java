package io.github.lora4j.bench;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.tensor.FrozenMatrix;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The products of {@link GemmBenchmark} under JMH; {@code docs/benchmarks.md} says how to run it.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class GemmJmh {
  /** Rows, input and output features. */
  @Param({"510x768x768", "510x2048x2048", "510x2048x5632", "126x576x1536", "510x576x1536"})
  public String shape;

  private Compute compute;
  private FrozenMatrix w;
  private float[] x;
  private float[] y;
  private float[] dx;
  private int rows;

  /** Makes the matrices. */
  @Setup
  public void setUp() {
    String[] sizes = shape.split("x");
    rows = Integer.parseInt(sizes[0]);
    int in = Integer.parseInt(sizes[1]);
    int out = Integer.parseInt(sizes[2]);
    compute = Compute.create();
    x = RandomValues.of(1, rows * in);
    y = RandomValues.of(2, rows * out);
    dx = new float[rows * in];
    w = compute.gemm().dense(RandomValues.of(3, out * in), out, in);
  }

  /** Stops the threads. */
  @TearDown
  public void tearDown() {
    compute.close();
  }

  /** {@code y = x Wᵀ}. */
  @Benchmark
  public float[] forward() {
    compute.gemm().forward(compute.pool(), x, rows, w, null, y);
    return y;
  }

  /** {@code dx = dy W}. */
  @Benchmark
  public float[] backward() {
    compute.gemm().backward(compute.pool(), y, rows, w, dx, false);
    return dx;
  }
}
