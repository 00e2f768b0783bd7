package io.github.lora4j.autograd;

import io.github.lora4j.Approx;
import io.github.lora4j.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Outputs and gradients of a case by ND4J's SameDiff, in float64. */
public final class SameDiffOracle {
  private SameDiffOracle() {}

  /** An operation as a SameDiff graph over matrices of the names of its inputs. */
  @FunctionalInterface
  public interface Graph {
    SDVariable build(SameDiff graph, Map<String, SDVariable> in);
  }

  static GradientCheck of(OpCase c, Graph operation) {
    SameDiff graph = SameDiff.create();
    Map<String, SDVariable> in = new LinkedHashMap<>();
    c.inputs()
        .forEach(
            (name, value) ->
                in.put(
                    name,
                    c.grads().contains(name)
                        ? graph.var(name, array(value))
                        : graph.constant(name, array(value))));
    SDVariable y = operation.build(graph, in);
    double[] expected = y.eval().dup('c').data().asDouble();
    float[] dy = Random64.of(c.name() + "/dy").floats(expected.length, 1);
    SDVariable factor =
        graph.constant("dy", Nd4j.create(Approx.widen(dy), new long[] {expected.length}, 'c'));
    SDVariable loss = graph.sum("loss", graph.reshape(y, expected.length).mul(factor));
    graph.setLossVariables(loss);
    Map<String, INDArray> gradients = graph.calculateGradients(Map.of(), c.grads());
    Map<String, double[]> grads = new LinkedHashMap<>();
    gradients.forEach((name, g) -> grads.put(name, g.dup('c').data().asDouble()));
    return new GradientCheck(dy, expected, grads);
  }

  private static INDArray array(Tensor tensor) {
    return Nd4j.create(Approx.widen(tensor), new long[] {tensor.rows(), tensor.cols()}, 'c');
  }
}
