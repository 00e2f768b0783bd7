package io.github.lora4j.models.classify;

import io.github.lora4j.autograd.CrossEntropy;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.models.tokenizer.TokenBatch;
import io.github.lora4j.train.Evaluation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Classifies texts with one base model and any number of adapters: the adapter is an argument of
 * the call. Thread-safe.
 */
public final class TextClassifier {
  private static final Logger LOG = LoggerFactory.getLogger(TextClassifier.class);

  /** Texts that go through the model together. */
  private static final int BATCH = 64;

  private final TextEncoder base;

  /** A classifier over {@code base}, which stays its owner's. */
  public TextClassifier(TextEncoder base) {
    this.base = base;
  }

  /** The class of each text. */
  public List<Prediction> predict(List<String> texts, ClassifierAdapter adapter) {
    return predictTokens(tokenize(base, texts), adapter);
  }

  /**
   * The class of each text, from its token ids: for texts that several adapters classify.
   *
   * @param sequences ids as the base's tokenizer gives them
   */
  public List<Prediction> predictTokens(List<int[]> sequences, ClassifierAdapter adapter) {
    List<Prediction> predictions = new ArrayList<>();
    for (float[] probabilities : probabilities(sequences, adapter)) {
      int best = argMax(probabilities, 0, probabilities.length);
      predictions.add(
          new Prediction(adapter.labels().get(best), probabilities[best], probabilities));
    }
    return predictions;
  }

  /** The class of one text. */
  public Prediction predict(String text, ClassifierAdapter adapter) {
    return predict(List.of(text), adapter).get(0);
  }

  private List<float[]> probabilities(List<int[]> sequences, ClassifierAdapter adapter) {
    List<float[]> probabilities = new ArrayList<>();
    for (int from = 0; from < sequences.size(); from += BATCH) {
      List<int[]> batch = sequences.subList(from, Math.min(sequences.size(), from + BATCH));
      try (Tape tape = Tape.inference(base.compute())) {
        Var logits = logits(tape, base, batch, adapter);
        float[] data = logits.value().data();
        int classes = logits.value().cols();
        base.compute().kernels().softmax(data, 0, batch.size(), classes, classes);
        for (int i = 0; i < batch.size(); i++) {
          probabilities.add(Arrays.copyOfRange(data, i * classes, (i + 1) * classes));
        }
      }
    }
    return probabilities;
  }

  /**
   * Compares predictions with labels.
   *
   * @param labels for each text one of the adapter's labels
   */
  public Evaluation evaluate(List<String> texts, List<String> labels, ClassifierAdapter adapter) {
    return report(texts, labels, adapter).evaluation();
  }

  /**
   * Compares predictions with labels, class by class.
   *
   * @param labels for each text one of the adapter's labels
   */
  public ClassificationReport report(
      List<String> texts, List<String> labels, ClassifierAdapter adapter) {
    long start = System.nanoTime();
    int[] targets = labels.stream().mapToInt(label -> index(adapter, label)).toArray();
    return report(base, tokenize(base, texts), targets, adapter, start);
  }

  /** Evaluates token ids; the seconds count from {@code start}. */
  static ClassificationReport report(
      TextEncoder base,
      List<int[]> sequences,
      int[] labels,
      ClassifierAdapter adapter,
      long start) {
    double loss = 0;
    int correct = 0;
    int[][] confusion = new int[adapter.labels().size()][adapter.labels().size()];
    for (int from = 0; from < labels.length; from += BATCH) {
      int to = Math.min(labels.length, from + BATCH);
      int[] targets = Arrays.copyOfRange(labels, from, to);
      try (Tape tape = Tape.inference(base.compute())) {
        Var logits = logits(tape, base, sequences.subList(from, to), adapter);
        loss += CrossEntropy.apply(tape, logits, targets, 1).value().data()[0];
        int classes = logits.value().cols();
        for (int i = 0; i < targets.length; i++) {
          int best = argMax(logits.value().data(), i * classes, classes);
          confusion[targets[i]][best]++;
          correct += best == targets[i] ? 1 : 0;
        }
      }
    }
    int count = labels.length;
    double seconds = (System.nanoTime() - start) / 1e9;
    Evaluation evaluation =
        new Evaluation(loss / count, (double) correct / count, count, seconds);
    return new ClassificationReport(evaluation, adapter.labels(), confusion);
  }

  static Var logits(
      Tape tape, TextEncoder base, List<int[]> sequences, ClassifierAdapter adapter) {
    return adapter.head().forward(tape, base.pooled(tape, sequences, adapter.updates()));
  }

  /** Token ids; warns once for all texts that were cut. */
  static List<int[]> tokenize(TextEncoder base, List<String> texts) {
    TokenBatch tokens = base.tokenizer().encodeBatch(texts);
    if (tokens.cut() > 0) {
      LOG.warn(
          "{} of {} texts are longer than {} tokens and were cut",
          tokens.cut(),
          texts.size(),
          base.tokenizer().maxLength());
    }
    return tokens.ids();
  }

  private static int index(ClassifierAdapter adapter, String label) {
    int index = adapter.labels().indexOf(label);
    if (index < 0) {
      throw new IllegalArgumentException(
          "unknown label '" + label + "'; adapter '" + adapter.name() + "' knows "
              + adapter.labels());
    }
    return index;
  }

  private static int argMax(float[] values, int offset, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
      if (values[offset + i] > values[offset + best]) {
        best = i;
      }
    }
    return best;
  }
}
