package io.github.lora4j.cli;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.models.causal.CausalExample;
import io.github.lora4j.models.causal.CausalExamples;
import io.github.lora4j.models.causal.CausalLmTask;
import io.github.lora4j.models.causal.CausalMemory;
import io.github.lora4j.models.causal.Conversation;
import io.github.lora4j.models.causal.DecoderBase;
import io.github.lora4j.models.causal.DecoderSource;
import io.github.lora4j.models.causal.PromptFormat;
import io.github.lora4j.models.causal.TextFiles;
import io.github.lora4j.models.memory.TrainingShape;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.optim.OptimizerFactory;
import io.github.lora4j.train.Trainer;
import io.github.lora4j.train.TrainingConfig;
import io.github.lora4j.train.TrainingResult;
import java.nio.file.Path;
import java.util.List;

/** Fine-tunes a language model to give the answers of the data. */
final class CausalTraining {
  private final Console console;
  private final TrainRequest request;
  private final CommonOptions common;

  CausalTraining(Console console, TrainRequest request) {
    this.console = console;
    this.request = request;
    this.common = request.common();
  }

  /** The data in tokens. */
  private record Data(PromptFormat prompts, List<CausalExample> train, List<CausalExample> eval) {}

  void run() {
    request.checkModel();
    LoraConfig lora = request.lora().overDecoder(request.lora().config(common));
    request.model().checkDecoderFormat(common, lora);
    TrainingConfig config = request.training().config(common, TaskCheck.CAUSAL_LM);
    OptimizerFactory optimizers = request.training().optimizers(common, request.out());
    OutputDirectory.requireUsable(request.out());
    List<Conversation> train = conversations(request.data());
    List<Conversation> heldOut = request.eval() == null ? List.of() : conversations(request.eval());
    request.announce(console);
    DecoderSource source = request.model().requireDecoder(console, common, "--task causal-lm");
    WeightFormat format = request.model().trainingFormat(common, lora, source);
    try (Compute compute = common.compute();
        TextFiles texts = TextFiles.open(source)) {
      int context = source.unread(compute.kernels(), format).model().context();
      int longest = request.length().given().orElse(context);
      PromptFormat prompts = request.prompts().format(texts, null);
      Data data =
          new Data(prompts, examples(prompts, train, longest), examples(prompts, heldOut, longest));
      TrainingMemory memory = memory(compute, source, format, lora, config, data, longest);
      train(source.open(compute, format), lora, config, memory, optimizers, data);
    }
  }

  private List<Conversation> conversations(Path file) {
    return request.prompts().read(common, request.columns(), null, file);
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

  /** Estimates the memory, and ends here if it is more than there may be. */
  private TrainingMemory memory(
      Compute compute,
      DecoderSource source,
      WeightFormat format,
      LoraConfig lora,
      TrainingConfig config,
      Data data,
      int longest) {
    CausalMemory memory =
        new CausalMemory(
            other -> source.unread(compute.kernels(), other),
            lora,
            data.train,
            data.eval,
            config.epochs(),
            config.seed(),
            common.threads());
    TrainingShape shape =
        new TrainingShape(
            format,
            config.batchSize(),
            request.checkpointActivations(),
            longest,
            request.training().optimizerBytes());
    TrainingMemory checked =
        TrainingMemory.check(memory, shape, config.accumulationSteps(), request.memory().budget());
    console.info(checked.line());
    return checked;
  }

  private void train(
      DecoderBase base,
      LoraConfig lora,
      TrainingConfig config,
      TrainingMemory memory,
      OptimizerFactory optimizers,
      Data data) {
    memory.reserve(base.compute().buffers());
    CausalLmTask task = new CausalLmTask(base, lora, data.train, data.eval, config.seed());
    task.checkpointActivations(request.checkpointActivations());
    TrainingResult result;
    try (TrainingProgress progress = TrainingProgress.on(console, "train", config.epochs())) {
      result =
          new Trainer(task, config, memory.kept(progress), memory.counted(optimizers))
              .run(request.out(), request.resume());
    }
    LoraAdapter adapter =
        task.adapter(request.adapterName(), request.prompts().remembered(data.prompts));
    PeftAdapterFiles.save(adapter, request.out());
    TrainingChart.tryWrite(console, request.out());
    CausalTrainSummary summary =
        new CausalTrainSummary(result, task, base, request, memory, request.watch().seconds());
    console.result(common.json(), summary.json(), summary.lines());
  }
}
