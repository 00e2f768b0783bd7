package io.github.lora4j.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.SafetensorsFile;
import io.github.lora4j.checkpoint.SafetensorsWriter;
import io.github.lora4j.optim.AdamW;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The file from which a run continues bit for bit: parameters, both moments and the best parameters
 * so far as tensors, the rest as JSON in the metadata. One file, so that it is never half a state.
 */
final class TrainerCheckpoint {
  /** Its name in the output directory. */
  static final String FILE_NAME = "training_state.safetensors";

  private static final String STATE = "trainer_state";
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .build();

  private TrainerCheckpoint() {}

  /** Writes the state, in place of an earlier one. */
  static void save(Path file, TrainerState state, AdamW optimiser, List<float[]> best) {
    SafetensorsWriter writer = new SafetensorsWriter();
    try {
      writer.metadata(STATE, JSON.writeValueAsString(state));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
    List<Parameter> parameters = optimiser.parameters();
    for (int i = 0; i < parameters.size(); i++) {
      Parameter parameter = parameters.get(i);
      List<Long> shape = shape(parameter);
      writer.addFloat32(parameter.name(), shape, parameter.value().data());
      writer.addFloat32("exp_avg." + parameter.name(), shape, optimiser.firstMoment(i));
      writer.addFloat32("exp_avg_sq." + parameter.name(), shape, optimiser.secondMoment(i));
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
   */
  static TrainerState load(Path file, AdamW optimiser, List<float[]> best) {
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
      List<Parameter> parameters = optimiser.parameters();
      List<float[]> read = new ArrayList<>();
      for (int i = 0; i < parameters.size(); i++) {
        Parameter parameter = parameters.get(i);
        copy(tensors, file, parameter.name(), parameter, parameter.value().data());
        copy(tensors, file, "exp_avg." + parameter.name(), parameter, optimiser.firstMoment(i));
        copy(tensors, file, "exp_avg_sq." + parameter.name(), parameter, optimiser.secondMoment(i));
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

  private static void copy(
      SafetensorsFile tensors, Path file, String name, Parameter parameter, float[] to) {
    if (!tensors.names().contains(name) || !tensors.info(name).shape().equals(shape(parameter))) {
      throw new CheckpointException(
          file.toString(),
          name,
          "not there with shape "
              + shape(parameter)
              + ": the state is of a run with other settings");
    }
    float[] values = tensors.readFloat32(name);
    System.arraycopy(values, 0, to, 0, values.length);
  }

  private static List<Long> shape(Parameter parameter) {
    List<Long> shape = new ArrayList<>();
    for (int dimension : parameter.value().shape()) {
      shape.add((long) dimension);
    }
    return shape;
  }
}
