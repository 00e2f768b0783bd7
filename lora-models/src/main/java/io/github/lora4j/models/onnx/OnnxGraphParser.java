package io.github.lora4j.models.onnx;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import io.github.lora4j.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Parses what is needed of an {@code onnx.ModelProto}: the initializers, and the names of the
 * products with their second input. All else is skipped.
 */
final class OnnxGraphParser {

  // Field numbers of onnx.ModelProto, GraphProto and NodeProto.
  private static final int MODEL_GRAPH = 7;
  private static final int GRAPH_NODE = 1;
  private static final int GRAPH_INITIALIZER = 5;
  private static final int NODE_INPUT = 1;
  private static final int NODE_NAME = 3;
  private static final int NODE_OP_TYPE = 4;

  /** A {@code MatMul} node. */
  record Product(String node, String weight) {}

  private final String source;
  private final ByteBuffer file;
  private final Map<String, OnnxTensor> initializers = new LinkedHashMap<>();
  private final List<Product> products = new ArrayList<>();
  private boolean graph;
  private String place = "graph";

  private OnnxGraphParser(String source, ByteBuffer file) {
    this.source = source;
    this.file = file;
  }

  /**
   * Parses a whole file.
   *
   * @param file the file from 0 to its limit
   * @throws CheckpointException if it is damaged or not ONNX
   */
  static OnnxGraphParser parse(String source, ByteBuffer file) {
    OnnxGraphParser parser = new OnnxGraphParser(source, file);
    CodedInputStream in = CodedInputStream.newInstance(new ByteBufferStream(file));
    try {
      // With a limit on the whole, every length inside is checked against the size of the file.
      in.pushLimit(file.limit());
      parser.parseModel(in);
    } catch (IOException e) {
      String problem = e.getMessage().lines().findFirst().orElse("unreadable");
      throw new CheckpointException(
          source,
          "not a readable ONNX model ("
              + parser.place
              + " at byte "
              + in.getTotalBytesRead()
              + ": "
              + problem
              + ")",
          e);
    }
    if (!parser.graph) {
      throw new CheckpointException(source, "not an ONNX model: it has no graph");
    }
    return parser;
  }

  /** The initializers by their names in the file, in its order. */
  Map<String, OnnxTensor> initializers() {
    return initializers;
  }

  /** The {@code MatMul} nodes that have a name, in the order of the file. */
  List<Product> products() {
    return products;
  }

  private void parseModel(CodedInputStream in) throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (isMessage(tag, MODEL_GRAPH)) {
        graph = true;
        int limit = in.pushLimit(in.readRawVarint32());
        parseGraph(in);
        end(in, limit);
      } else {
        in.skipField(tag);
      }
    }
  }

  private void parseGraph(CodedInputStream in) throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (isMessage(tag, GRAPH_NODE)) {
        int limit = in.pushLimit(in.readRawVarint32());
        parseNode(in);
        end(in, limit);
      } else if (isMessage(tag, GRAPH_INITIALIZER)) {
        int limit = in.pushLimit(in.readRawVarint32());
        parseInitializer(in);
        end(in, limit);
      } else {
        in.skipField(tag);
      }
    }
  }

  private void parseInitializer(CodedInputStream in) throws IOException {
    place = "initializer " + initializers.size();
    int start = in.getTotalBytesRead();
    OnnxTensor tensor = new OnnxTensorParser(source, file, place, start).parse(in);
    if (initializers.put(tensor.info().name(), tensor) != null) {
      throw new CheckpointException(source, tensor.info().name(), start, "occurs twice");
    }
    place = "after tensor '" + tensor.info().name() + "'";
  }

  private void parseNode(CodedInputStream in) throws IOException {
    String name = "";
    String operation = "";
    String secondInput = "";
    int inputs = 0;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (isMessage(tag, NODE_INPUT)) {
        String input = OnnxStrings.read(in);
        if (++inputs == 2) {
          secondInput = input;
        }
      } else if (isMessage(tag, NODE_NAME)) {
        name = OnnxStrings.read(in);
      } else if (isMessage(tag, NODE_OP_TYPE)) {
        operation = OnnxStrings.read(in);
      } else {
        in.skipField(tag);
      }
    }
    if (operation.equals("MatMul") && inputs == 2 && !name.isEmpty()) {
      products.add(new Product(name, secondInput));
    }
  }

  private static boolean isMessage(int tag, int field) {
    return tag == (field << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED);
  }

  /** Leaves a message, which must have been read to its end. */
  private static void end(CodedInputStream in, int outerLimit) throws IOException {
    in.checkLastTagWas(0);
    in.popLimit(outerLimit);
  }
}
