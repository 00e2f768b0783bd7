package io.github.lora4j.cli;

import io.github.lora4j.train.Trainer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What {@code lora train} was asked for, whatever the task.
 *
 * @param eval null if nothing is held out
 * @param watch started with the command
 */
record TrainRequest(
    ModelOptions model,
    LengthOptions length,
    Path data,
    Path eval,
    ColumnOptions columns,
    PromptOptions prompts,
    Path out,
    boolean resume,
    boolean checkpointActivations,
    LoraOptions lora,
    TrainingOptions training,
    MemoryOptions memory,
    CommonOptions common,
    Stopwatch watch) {

  /** Checks model and length before any work is done. */
  void checkModel() {
    model.check(common);
    length.check(common, model);
  }

  /** The name of the adapter: that of its folder. */
  String adapterName() {
    return NamedAdapter.nameOf(out);
  }

  /** Says what the user may not expect. */
  void announce(Console console) {
    if (eval == null) {
      console.info("no --eval: nothing is evaluated, the last epoch is kept");
    }
    if (resume && !Files.exists(out.resolve(Trainer.STATE_FILE))) {
      console.info("no training state in " + out + " to resume, starting from the beginning");
    }
  }
}
