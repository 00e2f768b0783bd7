package io.github.lora4j.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.checkpoint.AtomicFile;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.SafetensorsFile;
import io.github.lora4j.checkpoint.SafetensorsWriter;
import io.github.lora4j.optim.Optimizer;
import io.github.lora4j.optim.StateTensor;
import io.github.lora4j.optim.StateValues;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The file from which a run continues bit for bit: parameters, the optimiser's state and the best
 * parameters so far as tensors, the rest as JSON in the metadata. One file, so that it is never
 * half a state.
 */
final class TrainerCheckpoint {
  /** Its name in the output directory. */
  static final String FILE_NAME = "training_state.safetensors";

  private static final String STATE = "trainer_state";

  /** The optimiser's state format; not there for the first one, which older files have. */
  private static final String OPTIMIZER = "optimizer";

  private static final String FIRST_FORMAT = "adamw";
  private static final int CHUNK_BYTES = 1 << 16;
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .build();

  private TrainerCheckpoint() {}

  /** Writes the state, in place of an earlier one. */
  static void save(Path file, TrainerState state, Optimizer optimiser, List<float[]> best) {
    SafetensorsWriter writer = new SafetensorsWriter();
    try {
      writer.metadata(STATE, JSON.writeValueAsString(state));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
    if (!optimiser.stateFormat().equals(FIRST_FORMAT)) {
      writer.metadata(OPTIMIZER, optimiser.stateFormat());
    }
    List<Parameter> parameters = optimiser.parameters();
    for (int i = 0; i < parameters.size(); i++) {
      Parameter parameter = parameters.get(i);
      List<Long> shape = shape(parameter);
      writer.addFloat32(parameter.name(), shape, parameter.value().data());
      for (StateTensor tensor : optimiser.state(i)) {
        writer.add(
            tensor.name() + "." + parameter.name(),
            tensor.dtype(),
            tensor.shape(),
            channel -> write(tensor.values(), channel));
      }
      if (!best.isEmpty()) {
        writer.addFloat32("best." + parameter.name(), shape, best.get(i));
      }
    }
    writer.write(file);
  }

  /**
   * Reads a state into the parameters and the optimiser.
   *
   * @param best receives the best parameters, if there are any
   * @throws CheckpointException if the file is damaged or belongs to other parameters
   * @throws IllegalArgumentException if it was written with another optimiser
   */
  static TrainerState load(Path file, Optimizer optimiser, List<float[]> best) {
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      String json = tensors.metadata().get(STATE);
      if (json == null) {
        throw new CheckpointException(file.toString(), "no " + STATE + " in the metadata");
      }
      TrainerState state;
      try {
        state = JSON.readValue(json, TrainerState.class);
      } catch (JsonProcessingException e) {
        throw new CheckpointException(file.toString(), STATE + ": " + e.getOriginalMessage(), e);
      }
      requireSameFormat(tensors, file, optimiser);
      List<Parameter> parameters = optimiser.parameters();
      List<float[]> read = new ArrayList<>();
      for (int i = 0; i < parameters.size(); i++) {
        Parameter parameter = parameters.get(i);
        copy(tensors, file, parameter.name(), parameter, parameter.value().data());
        for (StateTensor tensor : optimiser.state(i)) {
          copy(tensors, file, tensor.name() + "." + parameter.name(), tensor);
        }
        if (state.bestEpoch() > 0) {
          float[] values = new float[parameter.value().size()];
          copy(tensors, file, "best." + parameter.name(), parameter, values);
          read.add(values);
        }
      }
      best.clear();
      best.addAll(read);
      optimiser.restoreSteps(state.step());
      return state;
    }
  }

  private static void requireSameFormat(SafetensorsFile tensors, Path file, Optimizer optimiser) {
    String format = tensors.metadata().getOrDefault(OPTIMIZER, FIRST_FORMAT);
    if (!format.equals(optimiser.stateFormat())) {
      throw new IllegalArgumentException(
          file
              + " belongs to a run with the optimizer "
              + format
              + ", now it is "
              + optimiser.stateFormat());
    }
  }

  private static void copy(
      SafetensorsFile tensors, Path file, String name, Parameter parameter, float[] to) {
    requireShape(tensors, file, name, shape(parameter));
    float[] values = tensors.readFloat32(name);
    System.arraycopy(values, 0, to, 0, values.length);
  }

  private static void copy(SafetensorsFile tensors, Path file, String name, StateTensor to) {
    requireShape(tensors, file, name, to.shape());
    if (tensors.info(name).dtype() != to.dtype()) {
      throw new CheckpointException(
          file.toString(), name, "has dtype " + tensors.info(name).dtype() + ", not " + to.dtype());
    }
    inChunks(
        to.values(),
        (from, chunk) -> {
          tensors.read(name, (long) from * to.dtype().byteSize(), chunk);
          to.values().put(from, chunk.flip());
        });
  }

  private static void write(StateValues values, WritableByteChannel channel) throws IOException {
    inChunks(
        values,
        (from, chunk) -> {
          values.get(from, chunk);
          AtomicFile.writeFully(channel, chunk.flip());
        });
  }

  /** What is done with some elements. */
  private interface Chunk<E extends Exception> {
    /** Uses a buffer with room for exactly the elements from {@code from}. */
    void use(int from, ByteBuffer chunk) throws E;
  }

  private static <E extends Exception> void inChunks(StateValues values, Chunk<E> chunk) throws E {
    int elementSize = values.dtype().byteSize();
    ByteBuffer buffer = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    int perChunk = CHUNK_BYTES / elementSize;
    for (int from = 0; from < values.size(); ) {
      int count = Math.min(perChunk, values.size() - from);
      chunk.use(from, buffer.clear().limit(count * elementSize));
      from += count;
    }
  }

  private static void requireShape(
      SafetensorsFile tensors, Path file, String name, List<Long> shape) {
    if (!tensors.names().contains(name) || !tensors.info(name).shape().equals(shape)) {
      throw new CheckpointException(
          file.toString(),
          name,
          "not there with shape " + shape + ": the state is of a run with other settings");
    }
  }

  private static List<Long> shape(Parameter parameter) {
    List<Long> shape = new ArrayList<>();
    for (int dimension : parameter.value().shape()) {
      shape.add((long) dimension);
    }
    return shape;
  }
}
