package io.github.lora4j.cli;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.models.causal.CausalExample;
import io.github.lora4j.models.causal.CausalExamples;
import io.github.lora4j.models.causal.CausalLm;
import io.github.lora4j.models.causal.CausalLmTask;
import io.github.lora4j.models.causal.Conversation;
import io.github.lora4j.models.causal.DecoderSource;
import io.github.lora4j.models.causal.PromptFormat;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.optim.OptimizerFactory;
import io.github.lora4j.train.Trainer;
import io.github.lora4j.train.TrainingConfig;
import io.github.lora4j.train.TrainingResult;
import java.util.List;

/** Fine-tunes a language model to give the answers of the data. */
final class CausalTraining {
  /** Bytes of buffers of other lengths that may pile up before they are collected. */
  private static final long GARBAGE = 128L << 20;

  private final Console console;
  private final TrainRequest request;

  CausalTraining(Console console, TrainRequest request) {
    this.console = console;
    this.request = request;
  }

  void run() {
    CommonOptions common = request.common();
    request.checkModel();
    LoraConfig lora = request.lora().overDecoder(request.lora().config(common));
    WeightFormat format = request.model().decoderFormat(common, lora);
    refuse(request.memory().budget() != null, "--memory-budget");
    TrainingConfig config = request.training().config(common, TaskCheck.CAUSAL_LM);
    OptimizerFactory optimizers = request.training().optimizers(common, request.out());
    OutputDirectory.requireUsable(request.out());
    List<Conversation> train =
        request.prompts().read(common, request.columns(), null, request.data());
    List<Conversation> heldOut =
        request.eval() == null
            ? List.of()
            : request.prompts().read(common, request.columns(), null, request.eval());
    request.announce(console);
    DecoderSource source = request.model().requireDecoder(console, common, "--task causal-lm");
    try (Compute compute = common.compute();
        CausalLm model = CausalLm.open(compute, source, format)) {
      PromptFormat prompts = request.prompts().format(model, null);
      int longest = request.length().given().orElse(model.base().model().context());
      CausalLmTask task =
          new CausalLmTask(
              model.base(),
              lora,
              examples(prompts, train, longest),
              examples(prompts, heldOut, longest),
              config.seed());
      task.checkpointActivations(request.checkpointActivations());
      TrainingResult result = train(task, config, optimizers);
      LoraAdapter adapter =
          task.adapter(request.adapterName(), request.prompts().remembered(prompts));
      PeftAdapterFiles.save(adapter, request.out());
      TrainingChart.tryWrite(console, request.out());
      CausalTrainSummary summary =
          new CausalTrainSummary(result, task, model.base(), request, request.watch().seconds());
      console.result(common.json(), summary.json(), summary.lines());
    }
  }

  private void refuse(boolean asked, String option) {
    if (asked) {
      throw request.common().usage(option + " is not there yet for --task causal-lm");
    }
  }

  private List<CausalExample> examples(
      PromptFormat prompts, List<Conversation> conversations, int longest) {
    CausalExamples examples = CausalExamples.of(prompts, conversations, longest);
    if (examples.cut() > 0) {
      console.info(
          examples.cut()
              + " of "
              + conversations.size()
              + " examples are longer than "
              + longest
              + " tokens and were cut");
    }
    return examples.examples();
  }

  private TrainingResult train(
      CausalLmTask task, TrainingConfig config, OptimizerFactory optimizers) {
    try (TrainingProgress progress = TrainingProgress.on(console, "train", config.epochs())) {
      return new Trainer(task, config, new HeapKeeper(GARBAGE, progress), optimizers)
          .run(request.out(), request.resume());
    }
  }
}
