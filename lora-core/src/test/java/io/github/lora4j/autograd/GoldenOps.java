package io.github.lora4j.autograd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lora4j.Approx;
import io.github.lora4j.checkpoint.SafetensorsFile;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The cases that scripts/fixtures/ops.py computed with PyTorch in float64. */
final class GoldenOps {
  private static final Path FOLDER = Path.of("src", "test", "resources", "golden");

  private GoldenOps() {}

  /** Reads all cases, in the order of the file. */
  static List<Case> read() throws IOException {
    JsonNode root = new ObjectMapper().readTree(FOLDER.resolve("ops.json").toFile());
    List<Case> cases = new ArrayList<>();
    try (SafetensorsFile file = SafetensorsFile.open(FOLDER.resolve("ops.safetensors"))) {
      for (JsonNode node : root.get("cases")) {
        cases.add(Case.read(file, node));
      }
    }
    return cases;
  }

  /**
   * One case.
   *
   * @param in inputs by name, as matrices, {@code dy} among them unless the output is one value
   * @param y the expected output
   * @param grads expected gradients by input
   * @param node its parameters
   */
  record Case(
      String name,
      String op,
      Map<String, Tensor> in,
      double[] y,
      Map<String, double[]> grads,
      JsonNode node) {

    static Case read(SafetensorsFile file, JsonNode node) {
      String name = node.get("name").asText();
      Map<String, Tensor> in = new LinkedHashMap<>();
      for (JsonNode input : node.get("inputs")) {
        in.put(input.asText(), matrix(file, name + "/in/" + input.asText()));
      }
      Map<String, double[]> grads = new LinkedHashMap<>();
      for (JsonNode grad : node.get("grads")) {
        // The scale of an RMSNorm is frozen here.
        if (node.get("op").asText().equals("rms_norm") && grad.asText().equals("gamma")) {
          continue;
        }
        grads.put(grad.asText(), Approx.widen(file.readFloat32(name + "/grad/" + grad.asText())));
      }
      double[] y = Approx.widen(file.readFloat32(name + "/out/y"));
      return new Case(name, node.get("op").asText(), in, y, grads, node);
    }

    private static Tensor matrix(SafetensorsFile file, String name) {
      List<Long> shape = file.info(name).shape();
      float[] values = file.readFloat32(name);
      int cols = shape.isEmpty() ? 1 : Math.toIntExact(shape.get(shape.size() - 1));
      return Tensor.of(values, values.length / cols, cols);
    }

    /** Runs an operation on this case and compares its output and gradients. */
    void require(Compute compute, Op operation) {
      Map<String, Tensor> inputs = new LinkedHashMap<>(in);
      Tensor dy = inputs.remove("dy");
      OpRun run =
          OpRun.of(compute, operation, inputs, grads.keySet(), dy == null ? null : dy.toArray());
      GradientCheck check = new GradientCheck(null, y, grads);
      check.requireRun(name + " on " + compute.set(), run, 0);
    }

    int number(String field) {
      return node.get(field).asInt();
    }

    float real(String field) {
      return (float) node.get(field).asDouble();
    }

    int[] numbers(String field) {
      int[] values = new int[node.get(field).size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = node.get(field).get(i).asInt();
      }
      return values;
    }
  }
}
