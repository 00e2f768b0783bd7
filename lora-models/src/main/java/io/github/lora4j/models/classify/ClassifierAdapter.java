package io.github.lora4j.models.classify;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.models.bert.SequenceHead;
import io.github.lora4j.models.encoder.TextEncoder;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An adapter for classification in the form that a model runs: low-rank updates, a head, and the
 * names of its classes. Immutable and thread-safe; an {@code AdapterRegistry} holds it.
 */
public final class ClassifierAdapter {
  /** Where an adapter's extra information says at how many tokens its training texts were cut. */
  static final String MAX_LENGTH = "max_length";

  private static final Logger LOG = LoggerFactory.getLogger(ClassifierAdapter.class);

  private final String name;
  private final ActiveAdapter updates;
  private final Head head;
  private final List<String> labels;

  ClassifierAdapter(String name, ActiveAdapter updates, Head head, List<String> labels) {
    this.name = name;
    this.updates = updates;
    this.head = head;
    this.labels = List.copyOf(labels);
  }

  /**
   * Binds an adapter to its base.
   *
   * @param made with module names as the base has them, or as a Hugging Face classifier over it
   * @throws IllegalArgumentException if it is for another base, or has no head or labels
   */
  public static ClassifierAdapter bind(TextEncoder base, LoraAdapter made) {
    base.requireFits(made);
    LoraAdapter adapter = made.withoutModulePrefix(base.classifierPrefix());
    List<String> labels = labels(base, adapter);
    Head head = head(base, adapter, labels.size());
    return new ClassifierAdapter(adapter.name(), base.bind(adapter, head::takes), head, labels);
  }

  /**
   * The base alone, with the head and the labels that its checkpoint brought.
   *
   * @param name what to call it
   * @throws IllegalArgumentException if it brought none
   */
  public static ClassifierAdapter ofCheckpoint(TextEncoder base, String name) {
    SequenceHead head =
        base.head()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        base.name()
                            + " has no classification head of its own: it needs an adapter"));
    return new ClassifierAdapter(name, ActiveAdapter.NONE, CheckpointHead.of(head), head.labels());
  }

  /**
   * At how many tokens the texts were cut that an adapter was trained on, if it says so.
   *
   * @throws IllegalArgumentException if what it says is no number
   */
  public static OptionalInt maxLength(LoraAdapter adapter) {
    String value = adapter.info().extra().get(MAX_LENGTH);
    try {
      return value == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(value));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "adapter '" + adapter.name() + "': " + MAX_LENGTH + " is '" + value + "', not a number",
          e);
    }
  }

  private static Head head(TextEncoder base, LoraAdapter adapter, int labels) {
    String pooling = adapter.info().pooling();
    if (pooling == null && base.head().isPresent()) {
      // Written by PEFT over this classifier: it computes as transformers does.
      pooling = CheckpointHead.POOLING;
    } else if (pooling == null) {
      LOG.warn("adapter '{}' does not say how tokens are pooled: the mean is used", adapter.name());
      pooling = ClassificationHead.POOLING;
    }
    return switch (pooling) {
      case ClassificationHead.POOLING ->
          ClassificationHead.of(
              adapter.name(), adapter.savedTensors(), labels, base.encoder().config().hiddenSize());
      case CheckpointHead.POOLING -> checkpointHead(base, adapter, labels);
      default ->
          throw new IllegalArgumentException(
              "adapter '"
                  + adapter.name()
                  + "' was trained with pooling '"
                  + pooling
                  + "', only mean and cls are supported");
    };
  }

  private static CheckpointHead checkpointHead(TextEncoder base, LoraAdapter adapter, int labels) {
    SequenceHead head =
        base.head()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "adapter '"
                            + adapter.name()
                            + "' was trained with the head of a checkpoint, but "
                            + base.name()
                            + " has none"));
    String dense = head.names().dense();
    String inner =
        dense.startsWith(base.classifierPrefix())
            ? dense.substring(base.classifierPrefix().length())
            : dense;
    return CheckpointHead.of(
        adapter.name(), adapter.savedTensors(), adapter.biases().get(inner), labels, head);
  }

  /**
   * An adapter that PEFT wrote names no labels: they are those of the checkpoint, or called as
   * transformers does.
   */
  private static List<String> labels(TextEncoder base, LoraAdapter adapter) {
    if (!adapter.info().labels().isEmpty()) {
      return adapter.info().labels();
    }
    String out = base.head().map(head -> head.names().out()).orElse(ClassificationHead.MODULE);
    var bias = adapter.savedTensors().get(out + ".bias");
    int count = bias == null ? 0 : bias.shape().get(0);
    List<String> own = base.head().map(SequenceHead::labels).orElse(List.of());
    return own.size() == count
        ? own
        : IntStream.range(0, count).mapToObj(i -> "LABEL_" + i).toList();
  }

  /** The name of the adapter. */
  public String name() {
    return name;
  }

  /** The names of the classes, in the order of the head's rows. */
  public List<String> labels() {
    return labels;
  }

  /**
   * The same with its low-rank updates multiplied; head and biases stay. Keep it for more than one
   * call if the adapter has DoRA.
   *
   * @param scale finite, as PEFT's {@code set_scale}; 1 gives this adapter itself
   */
  public ClassifierAdapter scaled(float scale) {
    ActiveAdapter scaled = updates.scaled(scale);
    return scaled == updates ? this : new ClassifierAdapter(name, scaled, head, labels);
  }

  ActiveAdapter updates() {
    return updates;
  }

  Head head() {
    return head;
  }
}
