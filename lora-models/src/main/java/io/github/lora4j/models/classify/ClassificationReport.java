package io.github.lora4j.models.classify;

import io.github.lora4j.train.Evaluation;
import java.util.Arrays;
import java.util.List;

/**
 * How good a classifier is, class by class. Immutable.
 *
 * @param evaluation over all classes
 * @param labels names of the classes
 * @param confusion {@code confusion[i][j]} texts have label i and were given label j
 */
public record ClassificationReport(Evaluation evaluation, List<String> labels, int[][] confusion) {

  /**
   * One class.
   *
   * @param label its name
   * @param precision share of the texts given this label that have it; 0 if none was given it
   * @param recall share of the texts with this label that were given it; 0 if none has it
   * @param f1 harmonic mean of both, or 0
   * @param support how many texts have this label
   */
  public record LabelScore(String label, double precision, double recall, double f1, int support) {}

  /** Copies the labels and the counts. */
  public ClassificationReport {
    labels = List.copyOf(labels);
    confusion = copy(confusion);
  }

  /** A copy of the counts. */
  @Override
  public int[][] confusion() {
    return copy(confusion);
  }

  /** Precision, recall and F1 of every class, in the order of the labels. */
  public List<LabelScore> scores() {
    LabelScore[] scores = new LabelScore[labels.size()];
    for (int i = 0; i < scores.length; i++) {
      int right = confusion[i][i];
      int support = 0;
      int given = 0;
      for (int j = 0; j < scores.length; j++) {
        support += confusion[i][j];
        given += confusion[j][i];
      }
      scores[i] =
          new LabelScore(
              labels.get(i),
              ratio(right, given),
              ratio(right, support),
              ratio(2 * right, given + support),
              support);
    }
    return List.of(scores);
  }

  private static double ratio(int part, int whole) {
    return whole == 0 ? 0 : (double) part / whole;
  }

  private static int[][] copy(int[][] counts) {
    return Arrays.stream(counts).map(int[]::clone).toArray(int[][]::new);
  }
}
