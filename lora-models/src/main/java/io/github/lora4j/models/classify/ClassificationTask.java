package io.github.lora4j.models.classify;

import io.github.lora4j.adapter.AdapterInfo;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.ModuleShape;
import io.github.lora4j.adapter.SavedTensor;
import io.github.lora4j.adapter.TokenTables;
import io.github.lora4j.adapter.TrainableAdapter;
import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.models.batch.BatchOrder;
import io.github.lora4j.models.bert.SequenceHead;
import io.github.lora4j.models.data.LabeledText;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.models.weights.LoftQBase;
import io.github.lora4j.tensor.Ragged;
import io.github.lora4j.train.BatchLoss;
import io.github.lora4j.train.Evaluation;
import io.github.lora4j.train.TrainingTask;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * Fine-tunes a base model to classify texts: LoRA on the encoder, and a head. A checkpoint that has
 * a head for the same labels is trained from that; otherwise it is a new linear layer over the mean
 * of the last hidden states. For one training loop.
 */
public final class ClassificationTask implements TrainingTask {
  private final TextEncoder base;
  private final LoraConfig config;
  private final List<String> labels;
  private final TrainableAdapter adapter;
  private final Head head;
  private final ClassifierAdapter current;
  private final Examples train;
  private final Examples eval;
  private boolean checkpointActivations;

  private record Examples(List<int[]> sequences, int[] labels) {}

  /**
   * @param config LoRA settings; task type, base model and {@code modules_to_save} are filled in
   * @param labels the names of the classes, at least two
   * @param train at least one text, each with one of the labels
   * @param eval held-out texts, or an empty list
   * @param seed of the initial values
   * @throws IllegalArgumentException if a label is unknown or no module is targeted, or for LoftQ
   *     if the base was not opened in a {@code LoftQFormat} of this configuration
   */
  public ClassificationTask(
      TextEncoder base,
      LoraConfig config,
      List<String> labels,
      List<LabeledText> train,
      List<LabeledText> eval,
      long seed) {
    this.base = base;
    Optional<SequenceHead> own = base.head().filter(h -> sameLabels(h.labels(), labels));
    this.labels = own.map(SequenceHead::labels).orElseGet(() -> List.copyOf(labels));
    this.head =
        own.<Head>map(CheckpointHead::trainable)
            .orElseGet(
                () ->
                    ClassificationHead.trainable(
                        labels.size(), base.encoder().config().hiddenSize(), seed + 1));
    this.config =
        config.toBuilder()
            .taskType(LoraConfig.SEQ_CLS)
            .modulesToSave(head.modulesToSave())
            .baseModelNameOrPath(base.name())
            .build();
    Map<String, ModuleShape> modules = base.encoder().targets();
    this.adapter =
        new TrainableAdapter(
            this.config,
            modules,
            seed,
            base.loftQ().starts(this.config),
            new TrainableAdapter.Base(
                base.compute(),
                base.encoder().targetWeights(),
                new TokenTables(base.encoder().tokenEmbeddings(), null, false),
                base.encoder().biases()));
    this.current = new ClassifierAdapter("training", adapter, head, this.labels);
    this.train = examples(train);
    this.eval = examples(eval);
  }

  /**
   * Whether to keep only the results of layers while training and to compute the rest again for the
   * gradients: less memory, about a third more time, the same adapter bit for bit.
   */
  public void checkpointActivations(boolean on) {
    checkpointActivations = on;
  }

  /** True if a head with labels of its own can learn these, in whatever order. */
  static boolean sameLabels(List<String> own, List<String> labels) {
    return !own.isEmpty()
        && own.size() == labels.size()
        && Set.copyOf(own).equals(Set.copyOf(labels));
  }

  private Examples examples(List<LabeledText> rows) {
    int[] targets = new int[rows.size()];
    for (int i = 0; i < targets.length; i++) {
      targets[i] = labels.indexOf(rows.get(i).label());
      if (targets[i] < 0) {
        throw new IllegalArgumentException(
            "line "
                + rows.get(i).line()
                + ": unknown label '"
                + rows.get(i).label()
                + "', known are "
                + labels);
      }
    }
    List<String> texts = rows.stream().map(LabeledText::text).toList();
    return new Examples(TextClassifier.tokenize(base, texts), targets);
  }

  @Override
  public int examples() {
    return train.labels.length;
  }

  @Override
  public String fingerprint() {
    CRC32C checksum = new CRC32C();
    String settings =
        config + " " + labels + " " + base.fingerprint() + " " + base.weightFormat().id();
    checksum.update(settings.getBytes(StandardCharsets.UTF_8));
    update(checksum, train);
    update(checksum, eval);
    return String.format("crc32c:%08x", checksum.getValue());
  }

  private static void update(CRC32C checksum, Examples examples) {
    for (int i = 0; i < examples.labels.length; i++) {
      int[] ids = examples.sequences.get(i);
      ByteBuffer bytes = ByteBuffer.allocate((ids.length + 2) * Integer.BYTES);
      bytes.putInt(examples.labels[i]).putInt(ids.length).asIntBuffer().put(ids);
      checksum.update(bytes.array());
    }
  }

  @Override
  public List<Parameter> parameters() {
    List<Parameter> parameters = new ArrayList<>(adapter.parameters());
    parameters.addAll(head.parameters());
    return parameters;
  }

  @Override
  public BatchLoss accumulate(int[] examples, double divisor, long seed) {
    List<int[]> drawn = Arrays.stream(examples).mapToObj(train.sequences::get).toList();
    int[] order = BatchOrder.balanced(Ragged.of(drawn));
    List<int[]> sequences = new ArrayList<>(order.length);
    int[] targets = new int[order.length];
    long tokens = 0;
    for (int i = 0; i < order.length; i++) {
      sequences.add(drawn.get(order[i]));
      targets[i] = train.labels[examples[order[i]]];
      tokens += sequences.get(i).length;
    }
    double sum =
        TrainingBatch.accumulate(
            base, current, sequences, targets, divisor, seed, checkpointActivations);
    return new BatchLoss(sum, examples.length, tokens);
  }

  @Override
  public Evaluation evaluate() {
    return eval.labels.length == 0
        ? null
        : TextClassifier.report(base, eval.sequences, eval.labels, current, System.nanoTime())
            .evaluation();
  }

  /** Evaluates on the held-out texts as {@link #evaluate}, for a look before training. */
  public ClassifierAdapter current() {
    return current;
  }

  /** The number of trained values. */
  public long trainableParameters() {
    return parameters().stream().mapToLong(p -> p.value().size()).sum();
  }

  /** A copy of the adapter as it is now. */
  public LoraAdapter adapter(String name) {
    Map<String, String> extra = new LinkedHashMap<>();
    extra.put(ClassifierAdapter.MAX_LENGTH, Integer.toString(base.tokenizer().maxLength()));
    extra.putAll(base.loftQ().record(config, adapter.modules()));
    AdapterInfo info = new AdapterInfo(labels, base.fingerprint(), head.pooling(), extra);
    Map<String, SavedTensor> saved = new LinkedHashMap<>(head.saved());
    saved.putAll(adapter.savedTensors(base.classifierPrefix()));
    return adapter.snapshot(name, LoftQBase.saved(config), saved, info);
  }
}
