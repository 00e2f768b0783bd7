package io.github.lora4j.autograd;

import io.github.lora4j.Approx;
import io.github.lora4j.compute.Activation;
import io.github.lora4j.tensor.Ragged;
import io.github.lora4j.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Operations together, as in an encoder: values with several consumers, residual connections, and a
 * loss over pooled sequences.
 */
final class EncoderBlockCase {
  private static final int D = 6;
  private static final int INNER = 7;
  private static final int R = 2;
  private static final float EPS = 1e-5f;
  private static final float SCALING = 2f;
  private static final Ragged BATCH = new Ragged(new int[] {0, 3, 4, 9});
  private static final int[] LABELS = {1, CrossEntropy.IGNORE, 0};

  private EncoderBlockCase() {}

  static OpCase create() {
    Random64 random = Random64.of("encoder_block");
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    inputs.put("x", random.matrix(BATCH.rows(), D, 1));
    inputs.put("a", random.matrix(R, D, 0.5));
    inputs.put("b", random.matrix(D, R, 0.5));
    inputs.put("gamma", random.matrix(1, D, 1));
    inputs.put("beta", random.matrix(1, D, 1));
    inputs.put("head", random.matrix(2, D, 1));
    inputs.put("bias", random.matrix(1, 2, 1));
    Tensor query = random.matrix(D, D, 0.5);
    Tensor key = random.matrix(D, D, 0.5);
    Tensor up = random.matrix(INNER, D, 0.5);
    Tensor down = random.matrix(D, INNER, 0.5);
    return new OpCase(
        "encoder_block",
        inputs,
        inputs.keySet(),
        (tape, v) -> forward(tape, v, query, key, up, down),
        v ->
            reference(
                v, Approx.widen(query), Approx.widen(key), Approx.widen(up), Approx.widen(down)));
  }

  private static Var forward(
      Tape tape, Map<String, Var> v, Tensor query, Tensor key, Tensor up, Tensor down) {
    Var x = v.get("x");
    Var q =
        LowRankLinear.apply(
            tape, x, dense(tape, query), null, v.get("a"), v.get("b"), SCALING, 0.0);
    Var k = FrozenLinear.apply(tape, x, dense(tape, key), null);
    Var attended = Attention.apply(tape, q, k, x, BATCH, 2, 2, false);
    Var h = LayerNorm.apply(tape, Add.apply(tape, attended, x), v.get("gamma"), v.get("beta"), EPS);
    Var inner =
        Activate.apply(tape, FrozenLinear.apply(tape, h, dense(tape, up), null), Activation.GELU);
    Var whole = Add.apply(tape, FrozenLinear.apply(tape, inner, dense(tape, down), null), h);
    Var pooled = MeanPooling.apply(tape, whole, BATCH);
    return CrossEntropy.apply(
        tape, Linear.apply(tape, pooled, v.get("head"), v.get("bias")), LABELS);
  }

  private static io.github.lora4j.tensor.FrozenMatrix dense(Tape tape, Tensor w) {
    return tape.compute().gemm().dense(w.data(), w.rows(), w.cols());
  }

  private static double[] reference(
      Map<String, double[]> v, double[] query, double[] key, double[] up, double[] down) {
    double[] x = v.get("x");
    double[] q = References.lowRank(x, query, null, v.get("a"), v.get("b"), D, SCALING, null);
    double[] k = References.linear(x, key, null, D);
    double[] attended = References.attention(q, k, x, BATCH, 2, 2, false);
    double[] h =
        References.layerNorm(References.add(attended, x), v.get("gamma"), v.get("beta"), EPS);
    double[] inner = References.gelu(References.linear(h, up, null, D));
    double[] whole = References.add(References.linear(inner, down, null, INNER), h);
    double[] pooled = References.meanPooling(whole, BATCH);
    double[] logits = References.linear(pooled, v.get("head"), v.get("bias"), D);
    return References.crossEntropy(logits, LABELS, 2);
  }
}
