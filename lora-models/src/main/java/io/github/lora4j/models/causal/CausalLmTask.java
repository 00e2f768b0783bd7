package io.github.lora4j.models.causal;

import io.github.lora4j.adapter.AdapterInfo;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.TrainableAdapter;
import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.LoraFactors;
import io.github.lora4j.models.batch.BatchOrder;
import io.github.lora4j.models.weights.LoftQBase;
import io.github.lora4j.train.BatchLoss;
import io.github.lora4j.train.Evaluation;
import io.github.lora4j.train.TrainingTask;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Fine-tunes a decoder to continue texts: LoRA on its linear layers, the loss on the tokens that
 * are to be learned. For one training loop.
 */
public final class CausalLmTask implements TrainingTask {
  private final DecoderBase base;
  private final LoraConfig config;
  private final TrainableAdapter adapter;
  private final CausalLoss loss;
  private final List<CausalExample> train;
  private final List<CausalExample> eval;
  private boolean checkpointActivations;

  /**
   * @param config LoRA settings; task type and base model are filled in
   * @param train at least one example
   * @param eval held-out examples, or an empty list
   * @param seed of the initial values
   * @throws IllegalArgumentException if no module is targeted, a rank does not fit, an example is
   *     longer than the context of the model, or for LoftQ if the base was not opened in a {@code
   *     LoftQFormat} of this configuration
   */
  public CausalLmTask(
      DecoderBase base,
      LoraConfig config,
      List<CausalExample> train,
      List<CausalExample> eval,
      long seed) {
    this.base = base;
    this.config =
        config.toBuilder().taskType(LoraConfig.CAUSAL_LM).baseModelNameOrPath(base.name()).build();
    this.adapter =
        new TrainableAdapter(
            this.config,
            base.model().targets(),
            seed,
            starts(base, this.config),
            new TrainableAdapter.Base(
                base.compute(),
                base.model().targetWeights(),
                base.model().tokenTables(),
                base.model().biases()));
    this.loss = new CausalLoss(base.compute(), base.model(), adapter, config.loraDropout());
    this.train = List.copyOf(train);
    this.eval = List.copyOf(eval);
    requireContext(train);
    requireContext(eval);
  }

  /** Output layer and embeddings are not in 4 bits: there is nothing that LoftQ could start. */
  private static Map<String, LoraFactors.Factors> starts(DecoderBase base, LoraConfig config) {
    Map<String, LoraFactors.Factors> starts = base.loftQ().starts(config);
    if (starts.isEmpty()) {
      return starts;
    }
    for (String module : TrainableAdapter.targets(config, base.model().targets())) {
      if (!starts.containsKey(module)) {
        throw new IllegalArgumentException(
            "init_lora_weights = loftq needs layers in 4 bits, which '" + module + "' is not");
      }
    }
    return starts;
  }

  private void requireContext(List<CausalExample> examples) {
    int context = base.model().context();
    for (int i = 0; i < examples.size(); i++) {
      if (examples.get(i).ids().length > context) {
        throw new IllegalArgumentException(
            "example "
                + (i + 1)
                + " has "
                + examples.get(i).ids().length
                + " tokens, the context of the model is "
                + context);
      }
    }
  }

  /**
   * Whether to keep only the results of layers while training and to compute the rest again for the
   * gradients: less memory, about a third more time, the same adapter bit for bit.
   */
  public void checkpointActivations(boolean on) {
    checkpointActivations = on;
  }

  @Override
  public int examples() {
    return train.size();
  }

  /** Tokens of all training examples. */
  public long tokens() {
    return train.stream().mapToLong(example -> example.ids().length).sum();
  }

  @Override
  public String fingerprint() {
    CRC32C checksum = new CRC32C();
    String settings = config + " " + base.fingerprint() + " " + base.weights();
    checksum.update(settings.getBytes(StandardCharsets.UTF_8));
    update(checksum, train);
    update(checksum, eval);
    return String.format("crc32c:%08x", checksum.getValue());
  }

  private static void update(CRC32C checksum, List<CausalExample> examples) {
    for (CausalExample example : examples) {
      ByteBuffer bytes = ByteBuffer.allocate((example.ids().length + 1) * Integer.BYTES);
      bytes.putInt(example.ids().length).asIntBuffer().put(example.ids());
      checksum.update(bytes.array());
      checksum.update(example.learned().toByteArray());
    }
  }

  @Override
  public List<Parameter> parameters() {
    return adapter.parameters();
  }

  @Override
  public int labels(int[] examples) {
    return Arrays.stream(examples).map(i -> train.get(i).labels()).sum();
  }

  @Override
  public BatchLoss accumulate(int[] examples, double divisor, long seed) {
    List<CausalExample> drawn = Arrays.stream(examples).mapToObj(train::get).toList();
    int[] order = BatchOrder.balanced(loss.rows(drawn));
    List<CausalExample> batch = Arrays.stream(order).mapToObj(drawn::get).toList();
    double sum = loss.accumulate(batch, divisor, seed, checkpointActivations);
    long tokens = batch.stream().mapToLong(example -> example.ids().length).sum();
    return new BatchLoss(sum, labels(examples), tokens);
  }

  /** The mean loss over the learned tokens; accuracy is not known without answers. */
  @Override
  public Evaluation evaluate() {
    return eval.isEmpty() ? null : evaluate(eval);
  }

  private Evaluation evaluate(List<CausalExample> examples) {
    long start = System.nanoTime();
    long labels = examples.stream().mapToLong(CausalExample::labels).sum();
    double mean = loss.sum(examples) / labels;
    double seconds = (System.nanoTime() - start) / 1e9;
    return new Evaluation(mean, Double.NaN, examples.size(), seconds);
  }

  /** The adapter in training, for generating with it as it is. */
  public TrainableAdapter current() {
    return adapter;
  }

  /** The number of trained values. */
  public long trainableParameters() {
    return parameters().stream().mapToLong(p -> p.value().size()).sum();
  }

  /**
   * A copy of the adapter as it is now.
   *
   * @param extra what it has to remember
   */
  public LoraAdapter adapter(String name, Map<String, String> extra) {
    Map<String, String> all = new LinkedHashMap<>(extra);
    all.putAll(base.loftQ().record(config, adapter.modules()));
    AdapterInfo info = new AdapterInfo(List.of(), base.fingerprint(), null, all);
    return adapter.snapshot(name, LoftQBase.saved(config), adapter.savedTensors(""), info);
  }
}
