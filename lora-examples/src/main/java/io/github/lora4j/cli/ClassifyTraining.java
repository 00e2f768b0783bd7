package io.github.lora4j.cli;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.models.classify.ClassificationMemory;
import io.github.lora4j.models.classify.ClassificationTask;
import io.github.lora4j.models.classify.ClassificationTexts;
import io.github.lora4j.models.data.LabeledText;
import io.github.lora4j.models.data.TextClassificationData;
import io.github.lora4j.models.encoder.EncoderSource;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.models.memory.TrainingShape;
import io.github.lora4j.models.tokenizer.Tokenizer;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.optim.OptimizerFactory;
import io.github.lora4j.train.Trainer;
import io.github.lora4j.train.TrainingConfig;
import io.github.lora4j.train.TrainingListener;
import io.github.lora4j.train.TrainingResult;
import java.util.List;

/** Fine-tunes an encoder to classify texts. */
final class ClassifyTraining {
  private final Console console;
  private final TrainRequest request;

  ClassifyTraining(Console console, TrainRequest request) {
    this.console = console;
    this.request = request;
  }

  void run() {
    request.checkModel();
    request.model().requireNoGguf(request.common());
    LoraConfig options = request.lora().config(request.common());
    request.model().weightFormat(request.common(), options);
    TrainingConfig config = request.training().config(request.common(), TaskCheck.CLASSIFY);
    OptimizerFactory optimizers = request.training().optimizers(request.common(), request.out());
    OutputDirectory.requireUsable(request.out());
    TextClassificationData train = request.columns().read(request.data());
    List<String> labels = train.trainingLabels();
    List<LabeledText> heldOut = readEval(labels);
    request.announce(console);
    if (request.model().decoder(console).isPresent()) {
      throw request.common().usage("a language model is fine-tuned with --task causal-lm");
    }
    EncoderSource source =
        request.model().source(console, request.length().of(request.common(), List.of()));
    LoraConfig loraConfig = request.lora().over(options, source.config().names());
    WeightFormat format = request.model().weightFormat(request.common(), loraConfig);
    Tokenizer tokenizer = source.openTokenizer();
    TrainingMemory needed;
    try {
      needed = needed(source, tokenizer, format, loraConfig, config, labels, train, heldOut);
    } catch (RuntimeException e) {
      tokenizer.close();
      throw e;
    }
    try (Compute compute = request.common().compute();
        TextEncoder base = source.open(compute, format, tokenizer)) {
      needed.reserve(compute.buffers());
      ClassificationTask classify =
          new ClassificationTask(base, loraConfig, labels, train.rows(), heldOut, config.seed());
      classify.checkpointActivations(request.checkpointActivations());
      TrainingResult result = train(classify, config, optimizers, needed);
      LoraAdapter adapter = classify.adapter(request.adapterName());
      PeftAdapterFiles.save(adapter, request.out(), base.classifierPrefix());
      TrainingChart.tryWrite(console, request.out());
      TrainSummary summary =
          new TrainSummary(
              result,
              classify,
              base,
              labels,
              request.training().optimizer(),
              needed,
              request.out(),
              request.watch().seconds());
      console.result(request.common().json(), summary.json(), summary.lines());
    }
  }

  /** Estimates the memory, and ends here if it is more than there may be. */
  private TrainingMemory needed(
      EncoderSource source,
      Tokenizer tokenizer,
      WeightFormat format,
      LoraConfig loraConfig,
      TrainingConfig config,
      List<String> labels,
      TextClassificationData train,
      List<LabeledText> heldOut) {
    ClassificationTexts texts =
        ClassificationTexts.of(tokenizer, train.rows(), heldOut, config.epochs(), config.seed());
    TrainingShape shape =
        new TrainingShape(
            format,
            config.batchSize(),
            request.checkpointActivations(),
            tokenizer.maxLength(),
            request.training().optimizerBytes());
    TrainingMemory needed =
        TrainingMemory.check(
            ClassificationMemory.of(source, loraConfig, labels, texts, request.common().threads()),
            shape,
            config.accumulationSteps(),
            request.memory().budget());
    console.info(needed.line());
    return needed;
  }

  private List<LabeledText> readEval(List<String> labels) {
    if (request.eval() == null) {
      return List.of();
    }
    TextClassificationData heldOut = request.columns().read(request.eval());
    heldOut.requireLabels(labels);
    return heldOut.rows();
  }

  private TrainingResult train(
      ClassificationTask classify,
      TrainingConfig config,
      OptimizerFactory optimizers,
      TrainingMemory needed) {
    try (TrainingProgress progress = TrainingProgress.on(console, "train", config.epochs())) {
      TrainingListener listener = needed.kept(progress);
      return new Trainer(classify, config, listener, needed.counted(optimizers))
          .run(request.out(), request.resume());
    }
  }
}
