package io.github.lora4j.memory;

import io.github.lora4j.adapter.ModuleShape;
import io.github.lora4j.autograd.FrozenCrossEntropy;
import io.github.lora4j.tensor.Panels;
import io.github.lora4j.tensor.RunTree;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The operations of {@link io.github.lora4j.autograd}, as far as memory goes: each takes what its
 * namesake takes, forward and backward, with the scratch of its products. For one thread.
 */
public final class ShapeOps {
  /** At most so many rows has a packed panel of activations, and so many columns one of weights. */
  private static final int TALL = 8;

  private static final int WIDE = 32;

  /** Depth of a panel that is decoded, and of one in a small product. */
  private static final int DECODED = 768;

  private static final int SMALL = 512;
  private static final int QUERIES = 96;

  private final ShapeTape tape;
  private final int threads;

  /**
   * @param threads that share each operation
   */
  public ShapeOps(ShapeTape tape, int threads) {
    this.tape = tape;
    this.threads = threads;
  }

  /**
   * The low-rank update of a linear layer.
   *
   * @param magnitude of DoRA, or null
   */
  public record Update(ShapeVar a, ShapeVar b, boolean dropout, ShapeVar magnitude) {
    /** An update of rank {@code r}. */
    public static Update of(ModuleShape shape, int r, boolean dropout, boolean dora) {
      return new Update(
          ShapeVar.parameter(r, shape.in()),
          ShapeVar.parameter(shape.out(), r),
          dropout,
          dora ? ShapeVar.parameter(1, shape.out()) : null);
    }

    private Update plain() {
      return new Update(a, b, false, null);
    }
  }

  /** The tape. */
  public ShapeTape tape() {
    return tape;
  }

  /** A sum of rows of frozen tables. */
  public ShapeVar embedding(int rows, int cols) {
    return tape.result(rows, cols);
  }

  /**
   * A linear layer.
   *
   * @param update or null
   */
  public ShapeVar linear(ShapeVar x, ModuleShape shape, Update update) {
    if (update == null) {
      return frozenLinear(x, shape);
    }
    return update.magnitude() == null
        ? lowRankLinear(x, shape, update)
        : doraLinear(x, shape, update);
  }

  private ShapeVar doraLinear(ShapeVar x, ModuleShape shape, Update update) {
    if (!update.dropout() || !tape.recording()) {
      return scaleColumns(lowRankLinear(x, shape, update.plain()), update.magnitude());
    }
    tape.matrix(x.rows(), x.cols());
    ShapeVar dropped = activate(x);
    tape.matrix(x.rows(), x.cols());
    ShapeVar rest = activate(x);
    ShapeVar z = lowRankLinear(dropped, shape, update.plain());
    return add(scaleColumns(z, update.magnitude()), frozenLinear(rest, shape));
  }

  private ShapeVar scaleColumns(ShapeVar x, ShapeVar magnitude) {
    tape.matrix(1, x.cols());
    ShapeVar y = tape.result(x.rows(), x.cols(), x, magnitude);
    tape.record(
        y,
        () -> {
          tape.gradOf(magnitude);
          tape.gradOf(x);
        });
    return y;
  }

  private ShapeVar frozenLinear(ShapeVar x, ModuleShape shape) {
    ShapeVar y = tape.result(x.rows(), shape.out(), x);
    frozenProduct(x.rows(), shape.in());
    tape.record(
        y,
        () -> {
          tape.gradOf(x);
          frozenProduct(x.rows(), shape.out());
        });
    return y;
  }

  private ShapeVar lowRankLinear(ShapeVar x, ModuleShape shape, Update update) {
    int rows = x.rows();
    int in = shape.in();
    int out = shape.out();
    int r = update.a().rows();
    boolean masked = update.dropout() && tape.recording();
    if (masked) {
      tape.matrix(rows, in);
      tape.matrix(rows, in);
    }
    ShapeVar y = tape.result(rows, out, x, update.a(), update.b());
    frozenProduct(rows, in);
    tape.matrix(rows, r);
    product(rows, r, in);
    product(rows, out, r);
    tape.record(
        y,
        () -> {
          tape.gradOf(update.b());
          product(out, r, rows);
          tape.matrix(rows, r);
          product(rows, r, out);
          tape.gradOf(update.a());
          if (!masked) {
            tape.read(x);
          }
          product(r, in, rows);
          if (x.requiresGrad()) {
            tape.gradOf(x);
            frozenProduct(rows, out);
            if (masked) {
              tape.matrix(rows, in);
            }
            product(rows, in, r);
          }
        });
    return y;
  }

  /**
   * A trained linear layer.
   *
   * @param bias or null
   */
  public ShapeVar linear(ShapeVar x, ShapeVar w, ShapeVar bias) {
    int rows = x.rows();
    int in = w.cols();
    int out = w.rows();
    ShapeVar y = bias == null ? tape.result(rows, out, x, w) : tape.result(rows, out, x, w, bias);
    product(rows, out, in);
    tape.record(
        y,
        () -> {
          tape.gradOf(x);
          product(rows, in, out);
          if (w.requiresGrad()) {
            tape.gradOf(w);
            product(out, in, rows);
          }
          if (bias != null && bias.requiresGrad()) {
            tape.gradOf(bias);
          }
        });
    return y;
  }

  /**
   * Attention.
   *
   * @param runs whose tokens see themselves and what they continue
   * @param softcap whether scores are capped
   */
  public ShapeVar attention(
      ShapeVar q,
      ShapeVar k,
      ShapeVar v,
      RunTree runs,
      int headSize,
      int heads,
      int kvHeads,
      boolean softcap) {
    ShapeVar y = tape.result(q.rows(), q.cols(), q, k, v);
    attentionScratch(runs, headSize, 1, Math.min(threads, runs.runs() * heads));
    tape.record(
        y,
        () -> {
          for (ShapeVar input : new ShapeVar[] {q, k, v}) {
            if (input.requiresGrad()) {
              tape.gradOf(input);
            } else {
              tape.matrix(input.rows(), input.cols());
            }
          }
          int together = Math.min(threads, runs.trees().length * kvHeads);
          attentionScratch(runs, headSize, softcap ? 3 : 2, together);
        });
    return y;
  }

  /** Runs that continue others copy keys and values together; backward also their gradients. */
  private void attentionScratch(RunTree runs, int headSize, int probabilities, int together) {
    int block = 0;
    int longest = 0;
    boolean shared = false;
    for (int run = 0; run < runs.runs(); run++) {
      block = Math.max(block, Math.min(QUERIES, runs.rows().length(run)));
      longest = Math.max(longest, runs.end(run));
      shared |= !runs.isRoot(run);
    }
    int depth = Math.min(SMALL, Math.max(longest, headSize));
    IntStream.Builder each = IntStream.builder();
    for (int t = 0; t < together; t++) {
      for (int p = 0; p < probabilities; p++) {
        each.add(block * longest);
      }
      for (int copy = 0; shared && copy < (probabilities == 1 ? 2 : 4); copy++) {
        each.add(longest * headSize);
      }
      each.add(up(Math.max(block, longest), TALL) * Math.min(SMALL, Math.max(block, headSize)));
      each.add(Panels.START + depth * WIDE);
      each.add(TALL * WIDE);
    }
    tape.scratch(each.build().toArray());
  }

  /** A sum. */
  public ShapeVar add(ShapeVar a, ShapeVar b) {
    ShapeVar y = tape.result(a.rows(), a.cols(), a, b);
    tape.record(
        y,
        () -> {
          tape.gradOf(a);
          tape.gradOf(b);
        });
    return y;
  }

  /** An activation function. */
  public ShapeVar activate(ShapeVar x) {
    ShapeVar y = tape.result(x.rows(), x.cols(), x);
    tape.record(y, () -> tape.gradOf(x));
    return y;
  }

  /** Layer normalisation with frozen scale and shift. */
  public ShapeVar layerNorm(ShapeVar x) {
    ShapeVar y = tape.result(x.rows(), x.cols(), x);
    tape.matrix(x.rows(), 2);
    tape.record(y, () -> tape.gradOf(x));
    return y;
  }

  /**
   * RMS normalisation with a frozen scale.
   *
   * @param features that are normalised together
   */
  public ShapeVar rmsNorm(ShapeVar x, int features) {
    tape.matrix(Math.multiplyExact(x.rows(), x.cols()) / features, 1);
    ShapeVar y = tape.result(x.rows(), x.cols(), x);
    tape.record(y, () -> tape.gradOf(x));
    return y;
  }

  /** Rotary position embedding. */
  public ShapeVar rotary(ShapeVar x) {
    ShapeVar y = tape.result(x.rows(), x.cols(), x);
    tape.record(y, () -> tape.addWritten(x));
    return y;
  }

  /** {@code f(gate) * up}. */
  public ShapeVar gatedActivation(ShapeVar gate, ShapeVar up) {
    ShapeVar y = tape.result(gate.rows(), gate.cols(), gate, up);
    tape.record(
        y,
        () -> {
          tape.addWritten(up);
          tape.addWritten(gate);
        });
    return y;
  }

  /** So many columns of a matrix. */
  public ShapeVar columns(ShapeVar x, int cols) {
    ShapeVar y = tape.result(x.rows(), cols, x);
    tape.record(y, () -> tape.gradOf(x));
    return y;
  }

  /** So many rows of a matrix. */
  public ShapeVar gatherRows(ShapeVar x, int rows) {
    ShapeVar y = tape.result(rows, x.cols(), x);
    tape.record(y, () -> tape.gradOf(x));
    return y;
  }

  /**
   * Softmax cross-entropy over a frozen output layer, some rows at a time.
   *
   * @param softcap whether logits are capped
   */
  public ShapeVar frozenCrossEntropy(ShapeVar h, int classes, boolean softcap) {
    boolean backward = tape.recording() && h.requiresGrad();
    if (backward) {
      tape.matrix(h.rows(), h.cols());
    }
    int step = Math.min(h.rows(), FrozenCrossEntropy.rowsAtATime(classes));
    int[] held = {step * h.cols(), step * classes};
    tape.scratch(concat(held, frozenScratch(step, h.cols())));
    if (backward) {
      tape.scratch(concat(held, frozenScratch(step, classes)));
    }
    if (backward && softcap) {
      int[] capped = new int[threads];
      Arrays.fill(capped, classes);
      tape.scratch(concat(held, capped));
    }
    ShapeVar loss = tape.result(1, 1, h);
    tape.record(loss, () -> tape.gradOf(h));
    return loss;
  }

  /** The mean of each sequence. */
  public ShapeVar meanPooling(ShapeVar x, int sequences) {
    ShapeVar y = tape.result(sequences, x.cols(), x);
    tape.record(y, () -> tape.gradOf(x));
    return y;
  }

  /** The first row of each sequence. */
  public ShapeVar firstPooling(ShapeVar x, int sequences) {
    return meanPooling(x, sequences);
  }

  /** Softmax cross-entropy. */
  public ShapeVar crossEntropy(ShapeVar logits) {
    tape.matrix(logits.rows(), logits.cols());
    ShapeVar loss = tape.result(1, 1, logits);
    tape.record(loss, () -> tape.gradOf(logits));
    return loss;
  }

  /** Packed rows, and on each thread a decoded panel and a tile that is not full. */
  private void frozenProduct(int rows, int depth) {
    tape.scratch(frozenScratch(rows, depth));
  }

  private int[] frozenScratch(int rows, int depth) {
    int[] lengths = new int[1 + 2 * threads];
    lengths[0] = up(rows, TALL) * depth;
    for (int t = 1; t <= 2 * threads; t += 2) {
      lengths[t] = Panels.START + Math.min(depth, DECODED) * WIDE;
      lengths[t + 1] = TALL * WIDE;
    }
    return lengths;
  }

  private static int[] concat(int[] a, int[] b) {
    return IntStream.concat(Arrays.stream(a), Arrays.stream(b)).toArray();
  }

  /** Both sides of a product {@code [m, k] [k, n]} packed; one with few columns is turned. */
  private void product(int m, int n, int k) {
    if (tiles(m, n) >= 2 * tiles(n, m)) {
      tape.scratch(m * n, up(n, TALL) * k, Panels.START + up(m, WIDE) * k, TALL * WIDE);
    } else {
      tape.scratch(up(m, TALL) * k, Panels.START + up(n, WIDE) * k, TALL * WIDE);
    }
  }

  private static long tiles(int m, int n) {
    return (long) (up(m, TALL) / TALL) * (up(n, WIDE) / WIDE);
  }

  private static int up(int value, int multiple) {
    return (value + multiple - 1) / multiple * multiple;
  }
}
