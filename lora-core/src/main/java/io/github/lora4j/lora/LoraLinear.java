package io.github.lora4j.lora;

import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.nd4j.Nd4jArrays;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Tensor;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One linear layer with a LoRA update: {@code h = W x + b + (alpha / r) B A dropout(x)}. W and b
 * are frozen; A {@code [r, in]} and B {@code [out, r]} are trained (Hu et al., 2021).
 *
 * <p>ND4J arrays go in and come out; inside, everything is computed on the {@link Compute} that the
 * builder was given. Forward calls may run on many threads; training is for one thread at a time.
 */
public final class LoraLinear {
  private final Compute compute;
  private final LinearLayer base;
  private final Parameter a;
  private final Parameter b;
  private final LowRank update;
  private final int out;
  private final int in;
  private volatile LinearLayer merged;
  private long steps;
  private final long seed;

  LoraLinear(Compute compute, LinearLayer base, LoraLinearBuilder options) {
    this.compute = compute;
    this.base = base;
    this.out = base.weight().out();
    this.in = base.weight().in();
    this.seed = options.seed();
    int r = options.r();
    LoraFactors.Factors start = LoraFactors.init(LoraInit.KAIMING, r, in, out, seed, base.name());
    a = new Parameter(base.name() + ".lora_A.weight", start.a());
    b = new Parameter(base.name() + ".lora_B.weight", start.b());
    update = new LowRank(a, b, (float) (options.alpha() / r), options.dropout());
  }

  /**
   * A layer over frozen weights.
   *
   * @param w {@code [out, in]}, copied
   */
  public static LoraLinearBuilder of(INDArray w) {
    return new LoraLinearBuilder(Nd4jArrays.toTensor(w));
  }

  /** A layer over frozen weights, {@code [out, in]}, copied. */
  public static LoraLinearBuilder of(Tensor w) {
    return new LoraLinearBuilder(w);
  }

  /**
   * Inference, without dropout.
   *
   * @param x {@code [rows, in]}
   * @return {@code [rows, out]}
   */
  public INDArray forward(INDArray x) {
    return Nd4jArrays.toNd4j(forward(Nd4jArrays.toTensor(x)));
  }

  /** The same on tensors. */
  public Tensor forward(Tensor x) {
    try (Tape tape = Tape.inference(compute)) {
      return forward(tape, Var.constant(x)).value().copy();
    }
  }

  /** The layer as an operation of a larger computation. */
  public Var forward(Tape tape, Var x) {
    LinearLayer whole = merged;
    if (whole == null) {
      return base.forward(tape, x, update);
    }
    if (tape.recording()) {
      throw new IllegalStateException("unmerge the layer before training it");
    }
    return whole.forward(tape, x, (LowRank) null);
  }

  /**
   * A forward pass that can be followed by a backward pass, with dropout on.
   *
   * @param x {@code [rows, in]}
   */
  public LoraPass train(INDArray x) {
    return new LoraPass(this, Tape.training(compute, seed + 31 * ++steps), Nd4jArrays.toTensor(x));
  }

  /** Adds the update into the weights, so that a forward call costs one product. */
  public synchronized void merge() {
    if (merged != null) {
      return;
    }
    float[] w = new float[Math.multiplyExact(out, in)];
    for (int row = 0; row < out; row++) {
      base.weight().decodeRow(row, w, row * in);
    }
    int r = a.value().rows();
    compute
        .gemm()
        .nn(
            compute.pool(),
            out,
            in,
            r,
            update.scaling(),
            b.value().data(),
            a.value().data(),
            w,
            true);
    merged = new LinearLayer(base.name(), compute.gemm().dense(w, out, in), base.bias());
  }

  /** Takes the update out again; the weights are bit for bit what they were. */
  public synchronized void unmerge() {
    merged = null;
  }

  /** True between {@link #merge} and {@link #unmerge}. */
  public boolean isMerged() {
    return merged != null;
  }

  /** The weights that a forward call multiplies with: W, or W + scaling B A while merged. */
  public Tensor weight() {
    LinearLayer whole = merged;
    FrozenMatrix w = whole == null ? base.weight() : whole.weight();
    float[] rows = new float[out * in];
    for (int row = 0; row < out; row++) {
      w.decodeRow(row, rows, row * in);
    }
    return Tensor.of(rows, out, in);
  }

  /** The trainable parameters, A and B, for an optimiser. */
  public List<Parameter> parameters() {
    return List.of(a, b);
  }

  /** A copy of A, {@code [r, in]}. */
  public INDArray a() {
    return Nd4jArrays.toNd4j(a.value());
  }

  /** A copy of B, {@code [out, r]}. */
  public INDArray b() {
    return Nd4jArrays.toNd4j(b.value());
  }

  /** A copy of the gradient of A that has added up since the optimiser last cleared it. */
  public INDArray gradA() {
    return Nd4jArrays.toNd4j(a.grad());
  }

  /** A copy of the gradient of B. */
  public INDArray gradB() {
    return Nd4jArrays.toNd4j(b.grad());
  }

  /** Overwrites A and B, for example with trained values. */
  public void set(INDArray newA, INDArray newB) {
    if (merged != null) {
      throw new IllegalStateException("unmerge the layer before changing A and B");
    }
    Tensor valuesA = fitting(newA, a);
    Tensor valuesB = fitting(newB, b);
    System.arraycopy(valuesA.data(), 0, a.value().data(), 0, valuesA.size());
    System.arraycopy(valuesB.data(), 0, b.value().data(), 0, valuesB.size());
  }

  private static Tensor fitting(INDArray array, Parameter parameter) {
    Tensor values = Nd4jArrays.toTensor(array);
    if (!values.sameShape(parameter.value())) {
      throw new IllegalArgumentException(
          parameter.name() + " is " + parameter.value() + ", got " + values);
    }
    return values;
  }

  /** Input features. */
  public int in() {
    return in;
  }

  /** Output features. */
  public int out() {
    return out;
  }

  /** The rank. */
  public int r() {
    return a.value().rows();
  }

  /** {@code alpha / r}. */
  public float scaling() {
    return update.scaling();
  }
}
