package io.github.lora4j.models.encoder;

import io.github.lora4j.adapter.BaseCheck;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.WholeModules;
import io.github.lora4j.autograd.MeanPooling;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.lora.BatchAdapters;
import io.github.lora4j.lora.RowAdapters;
import io.github.lora4j.models.batch.ParallelInference;
import io.github.lora4j.models.bert.BertEncoder;
import io.github.lora4j.models.bert.SequenceHead;
import io.github.lora4j.models.minilm.MiniLm;
import io.github.lora4j.models.tokenizer.Tokenizer;
import io.github.lora4j.models.weights.CheckpointWeights;
import io.github.lora4j.models.weights.Fingerprint;
import io.github.lora4j.models.weights.LoftQBase;
import io.github.lora4j.models.weights.RunningForm;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.tensor.Ragged;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;

/**
 * A frozen encoder with its tokenizer: the base that adapters share. It is held once and never
 * changed; which adapter applies is an argument of each call. Thread-safe.
 */
public final class TextEncoder implements AutoCloseable {
  private final String name;
  private final Compute compute;
  private final BertEncoder encoder;
  private final SequenceHead head;
  private final Tokenizer tokenizer;
  private final String fingerprint;
  private final WeightFormat weightFormat;

  private TextEncoder(
      String name,
      Compute compute,
      BertEncoder encoder,
      SequenceHead head,
      Tokenizer tokenizer,
      String fingerprint,
      WeightFormat weightFormat) {
    this.name = name;
    this.compute = compute;
    this.encoder = encoder;
    this.head = head;
    this.tokenizer = tokenizer;
    this.fingerprint = fingerprint;
    this.weightFormat = weightFormat;
  }

  /**
   * Opens a model.
   *
   * @param model {@value MiniLm#NAME}, or a directory with {@code config.json}, {@code
   *     model.safetensors} (or its shards) and {@code tokenizer.json}
   * @param maxLength where texts are cut, in tokens with the special ones
   * @throws IllegalArgumentException if {@code model} is neither, or {@code maxLength} does not fit
   * @throws io.github.lora4j.checkpoint.CheckpointException if a file is missing or damaged
   */
  public static TextEncoder open(Compute compute, String model, int maxLength) {
    return open(compute, model, maxLength, WeightFormat.FLOAT32);
  }

  /**
   * Opens a model and holds the weights of its linear layers in a format of choice.
   *
   * @see #open(Compute, String, int)
   */
  public static TextEncoder open(
      Compute compute, String model, int maxLength, WeightFormat format) {
    return EncoderSource.of(model, maxLength).open(compute, format);
  }

  static TextEncoder load(
      Compute compute,
      WeightFormat format,
      EncoderSource source,
      CompletableFuture<Tokenizer> tokenizer) {
    String name = source.name();
    try (NamedTensors weights = source.openWeights()) {
      CheckpointWeights checked = new CheckpointWeights(compute, format, weights);
      BertEncoder encoder = BertEncoder.load(source.config(), checked);
      SequenceHead head =
          SequenceHead.read(source.config(), source.headLabels(), checked).orElse(null);
      String fingerprint = Fingerprint.of(weights);
      return new TextEncoder(name, compute, encoder, head, join(tokenizer), fingerprint, format);
    } catch (RuntimeException e) {
      tokenizer.thenAccept(Tokenizer::close);
      throw e;
    }
  }

  private static Tokenizer join(CompletableFuture<Tokenizer> tokenizer) {
    try {
      return tokenizer.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  /** The name or path under which it was opened. */
  public String name() {
    return name;
  }

  /** What it computes with. */
  public Compute compute() {
    return compute;
  }

  /** The encoder. */
  public BertEncoder encoder() {
    return encoder;
  }

  /**
   * What Hugging Face's classifiers put before the encoder's module names, {@code bert.} for BERT:
   * adapters are saved with it so that PEFT loads them on a {@code BertForSequenceClassification}.
   */
  public String classifierPrefix() {
    return encoder.config().names().prefix();
  }

  /** The classification head that the checkpoint brought, if it is one of a classifier. */
  public Optional<SequenceHead> head() {
    return Optional.ofNullable(head);
  }

  /** The tokenizer. */
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /** What tells this base from another, for the check of adapters. */
  public BaseCheck baseCheck() {
    return new BaseCheck(
        name, fingerprint, encoder.targets(), encoder.otherBiases(), classifierPrefix(), true);
  }

  /**
   * Checks that an adapter belongs to this base: to its weights, names and shapes, and for one that
   * LoftQ started, to what quantization made of the weights. Its module names may have the {@link
   * #classifierPrefix}.
   *
   * @throws IllegalArgumentException if it does not; the message says what to open instead
   */
  public void requireFits(LoraAdapter adapter) {
    baseCheck().check(adapter);
    loftQ().check(adapter.withoutModulePrefix(classifierPrefix()));
  }

  /**
   * An adapter in the form that calls take.
   *
   * @param others names of tensors that a head takes and not the encoder
   * @throws IllegalArgumentException if it does not {@linkplain #requireFits fit}, replaces a
   *     module that cannot be replaced, or took from the base what cannot be found again
   */
  public ActiveAdapter bind(LoraAdapter adapter, Predicate<String> others) {
    requireFits(adapter);
    LoraAdapter own = adapter.withoutModulePrefix(classifierPrefix());
    WholeModules whole = WholeModules.of(own, classifierPrefix(), encoder.replaceable(), others);
    return RunningForm.of(compute, own, encoder.targetWeights(), whole);
  }

  /** The form in which it was asked to hold the weights of its linear layers. */
  public WeightFormat weightFormat() {
    return weightFormat;
  }

  /** Its weights, as the base of an adapter that LoftQ starts. */
  public LoftQBase loftQ() {
    return new LoftQBase(name, weightFormat, encoder.linearWeights());
  }

  /** Identifies the weights. */
  public String fingerprint() {
    return fingerprint;
  }

  /**
   * The mean of the last hidden states of each sequence.
   *
   * @param sequences token ids as the tokenizer gives them
   * @return {@code [sequences.size(), hidden]}
   */
  public Var pooled(Tape tape, List<int[]> sequences, BatchAdapters adapters) {
    Ragged batch = Ragged.of(sequences);
    return tape.scope(
        () -> MeanPooling.apply(tape, encoder.forward(tape, sequences, batch, adapters), batch));
  }

  /**
   * Sentence embeddings: the mean of the last hidden states, not normalised.
   *
   * @return one array of {@code hidden} values for each text
   */
  public float[][] embed(List<String> texts, ActiveAdapter adapter) {
    return embed(texts, Collections.nCopies(texts.size(), adapter));
  }

  /**
   * The same with an adapter for each text, perhaps {@link ActiveAdapter#NONE} or {@link
   * ActiveAdapter#scaled}. What the base computes is computed for all texts together; embeddings
   * are those of calls with one text.
   */
  public float[][] embed(List<String> texts, List<? extends ActiveAdapter> adapters) {
    if (adapters.size() != texts.size()) {
      throw new IllegalArgumentException(
          adapters.size() + " adapters for " + texts.size() + " texts");
    }
    float[][] embeddings = new float[texts.size()][];
    List<int[]> ids = tokenizer.encodeBatch(texts).ids();
    int[] order = RowAdapters.order(adapters);
    List<int[]> sequences = Arrays.stream(order).mapToObj(ids::get).toList();
    List<ActiveAdapter> own = Arrays.stream(order).<ActiveAdapter>mapToObj(adapters::get).toList();
    ParallelInference.run(
        compute,
        Ragged.of(sequences),
        (part, tape) -> {
          List<int[]> these = sequences.subList(part.from(), part.to());
          RowAdapters rows = RowAdapters.of(Ragged.of(these), own.subList(part.from(), part.to()));
          Var pooled = pooled(tape, these, rows);
          int hidden = pooled.value().cols();
          for (int i = part.from(); i < part.to(); i++) {
            int from = (i - part.from()) * hidden;
            embeddings[order[i]] = Arrays.copyOfRange(pooled.value().data(), from, from + hidden);
          }
        });
    return embeddings;
  }

  /** Closes the tokenizer; the {@link Compute} stays its owner's. */
  @Override
  public void close() {
    tokenizer.close();
  }
}
