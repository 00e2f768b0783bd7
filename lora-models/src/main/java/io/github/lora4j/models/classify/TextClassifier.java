package io.github.lora4j.models.classify;

import io.github.lora4j.autograd.CrossEntropy;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.models.batch.ParallelInference;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.models.tokenizer.TokenBatch;
import io.github.lora4j.tensor.Ragged;
import io.github.lora4j.train.Evaluation;
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
    return logits(base, sequences, adapter).stream()
        .map(logits -> prediction(base, logits, adapter))
        .toList();
  }

  /**
   * The class of each text, with an adapter for each: PEFT's {@code adapter_names}. What the base
   * computes is computed for all texts together. Predictions are those of calls with one text.
   *
   * @param adapters one for each text, perhaps {@link ClassifierAdapter#scaled}; null for the head
   *     that the base's checkpoint brought, without an adapter
   * @throws IllegalArgumentException if there is not one for each text, or one is null and the base
   *     brought no head
   */
  public List<Prediction> predict(List<String> texts, List<ClassifierAdapter> adapters) {
    return predictTokens(tokenize(base, texts), adapters);
  }

  /**
   * The same from token ids.
   *
   * @param sequences ids as the base's tokenizer gives them
   */
  public List<Prediction> predictTokens(List<int[]> sequences, List<ClassifierAdapter> adapters) {
    return new MixedTexts(base).predict(sequences, adapters);
  }

  /** The class of one text. */
  public Prediction predict(String text, ClassifierAdapter adapter) {
    return predict(List.of(text), adapter).get(0);
  }

  /** What logits say; they become probabilities in place. */
  static Prediction prediction(TextEncoder base, float[] logits, ClassifierAdapter adapter) {
    base.compute().kernels().softmax(logits, 0, 1, logits.length, logits.length);
    int best = argMax(logits);
    return new Prediction(adapter.labels().get(best), logits[best], logits);
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
    List<float[]> logits = logits(base, sequences, adapter);
    for (int i = 0; i < labels.length; i++) {
      float[] row = logits.get(i);
      loss += CrossEntropy.loss(row, 0, row.length, labels[i]);
      int best = argMax(row);
      confusion[labels[i]][best]++;
      correct += best == labels[i] ? 1 : 0;
    }
    int count = labels.length;
    double seconds = (System.nanoTime() - start) / 1e9;
    Evaluation evaluation = new Evaluation(loss / count, (double) correct / count, count, seconds);
    return new ClassificationReport(evaluation, adapter.labels(), confusion);
  }

  /** The logits of each sequence, in an array of its own. */
  private static List<float[]> logits(
      TextEncoder base, List<int[]> sequences, ClassifierAdapter adapter) {
    float[][] rows = new float[sequences.size()][];
    ParallelInference.run(
        base.compute(),
        Ragged.of(sequences),
        (part, tape) -> {
          Var logits = logits(tape, base, sequences.subList(part.from(), part.to()), adapter);
          int classes = logits.value().cols();
          for (int i = part.from(); i < part.to(); i++) {
            int from = (i - part.from()) * classes;
            rows[i] = Arrays.copyOfRange(logits.value().data(), from, from + classes);
          }
        });
    return Arrays.asList(rows);
  }

  static Var logits(Tape tape, TextEncoder base, List<int[]> sequences, ClassifierAdapter adapter) {
    return adapter.head().logits(tape, base, sequences, adapter.updates());
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
          "unknown label '"
              + label
              + "'; adapter '"
              + adapter.name()
              + "' knows "
              + adapter.labels());
    }
    return index;
  }

  private static int argMax(float[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      if (values[i] > values[best]) {
        best = i;
      }
    }
    return best;
  }
}
