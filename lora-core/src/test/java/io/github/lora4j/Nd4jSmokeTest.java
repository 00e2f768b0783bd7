package io.github.lora4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** ND4J works with the dependencies that this build raises or leaves out. */
class Nd4jSmokeTest {

  @Test
  void gemm() {
    INDArray a = Nd4j.createFromArray(new float[][] {{1, 2, 3}, {4, 5, 6}});
    INDArray b = Nd4j.createFromArray(new float[][] {{1, 0, 2}, {0, 1, 3}});
    INDArray c = Nd4j.gemm(a, b, false, true);
    assertArrayEquals(new float[][] {{7, 11}, {16, 23}}, c.toFloatMatrix());
  }

  @Test
  void sameDiffGradients() {
    SameDiff graph = SameDiff.create();
    SDVariable x = graph.placeHolder("x", DataType.DOUBLE, -1, 2);
    SDVariable w = graph.var("w", Nd4j.createFromArray(new double[][] {{0.5, -1}, {2, 0.25}}));
    SDVariable loss = graph.math().square(x.mmul(w)).sum("loss");
    graph.setLossVariables(loss);
    INDArray input = Nd4j.createFromArray(new double[][] {{1, 2}, {3, -1}});

    INDArray gradient = graph.calculateGradients(Map.of("x", input), "w").get("w");

    // d/dW sum((XW)^2) = 2 X'(XW)
    INDArray expected = input.transpose().mmul(input.mmul(w.getArr())).mul(2);
    for (int i = 0; i < 4; i++) {
      assertEquals(expected.getDouble(i), gradient.getDouble(i), 1e-12);
    }
  }

  @Test
  void graphSurvivesItsFlatBuffersForm() throws Exception {
    SameDiff graph = SameDiff.create();
    SDVariable w = graph.var("w", Nd4j.createFromArray(1f, -2f, 4f));
    graph.math().abs("y", w);

    SameDiff copy = SameDiff.fromFlatBuffers(graph.asFlatBuffers(true));

    assertArrayEquals(new float[] {1, 2, 4}, copy.getVariable("y").eval().toFloatVector());
  }

  @Test
  void arraysAreWrittenAndRead(@TempDir Path folder) throws Exception {
    INDArray a = Nd4j.rand(DataType.FLOAT, 3, 4);
    Path file = folder.resolve("a.npy");
    Nd4j.writeAsNumpy(a, file.toFile());
    assertEquals(128 + 3 * 4 * 4, Files.size(file));
    assertEquals(a, Nd4j.createFromNpyFile(file.toFile()));
  }

  @Test
  void randomNumbersRepeatForOneSeed() {
    Nd4j.getRandom().setSeed(7);
    INDArray first = Nd4j.randn(DataType.FLOAT, 100);
    Nd4j.getRandom().setSeed(7);
    assertEquals(first, Nd4j.randn(DataType.FLOAT, 100));
  }
}
