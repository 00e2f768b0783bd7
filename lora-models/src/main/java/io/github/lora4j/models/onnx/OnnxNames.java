package io.github.lora4j.models.onnx;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.TensorInfo;
import io.github.lora4j.models.onnx.OnnxGraphParser.Product;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Gives each initializer its name in the Hugging Face checkpoint. PyTorch's exporter keeps the
 * names of all parameters but the weights of linear layers: those are stored transposed under a
 * generated name such as {@code onnx::MatMul_787}, and the node that uses them, such as {@code
 * /encoder/layer.0/attention/self/query/MatMul}, tells the layer.
 */
final class OnnxNames {

  private static final String GENERATED = "onnx::";
  private static final String NODE_ENDING = "/MatMul";

  /**
   * A tensor under its final name.
   *
   * @param tensor how it lies in the file
   * @param info as it is read: of a transposed tensor the shape is [out, in]
   * @param transposed whether the file has [in, out]
   */
  record Named(OnnxTensor tensor, TensorInfo info, boolean transposed) {}

  private OnnxNames() {}

  /** All tensors of a graph by their final names, in the order of the file. */
  static Map<String, Named> resolve(String source, OnnxGraphParser graph) {
    Map<String, List<String>> layers = layersByWeight(graph.products());
    Map<String, Named> byName = new LinkedHashMap<>();
    for (OnnxTensor tensor : graph.initializers().values()) {
      TensorInfo info = tensor.info();
      List<String> names = layers.get(info.name());
      boolean transposed =
          names != null && info.name().startsWith(GENERATED) && info.shape().size() == 2;
      for (String name : transposed ? names : List.of(info.name())) {
        Named named = transposed ? transposed(name, tensor) : new Named(tensor, info, false);
        if (byName.putIfAbsent(name, named) != null) {
          throw new CheckpointException(source, name, info.offset(), "occurs twice");
        }
      }
    }
    return byName;
  }

  private static Map<String, List<String>> layersByWeight(List<Product> products) {
    Map<String, List<String>> layers = new LinkedHashMap<>();
    for (Product product : products) {
      String node = product.node();
      if (node.startsWith("/")
          && node.endsWith(NODE_ENDING)
          && node.length() > NODE_ENDING.length()) {
        String path = node.substring(1, node.length() - NODE_ENDING.length());
        layers
            .computeIfAbsent(product.weight(), weight -> new ArrayList<>())
            .add(path.replace('/', '.') + ".weight");
      }
    }
    return layers;
  }

  private static Named transposed(String name, OnnxTensor tensor) {
    TensorInfo stored = tensor.info();
    List<Long> shape = List.of(stored.shape().get(1), stored.shape().get(0));
    return new Named(
        tensor,
        new TensorInfo(name, stored.dtype(), shape, stored.offset(), stored.byteLength()),
        true);
  }
}
