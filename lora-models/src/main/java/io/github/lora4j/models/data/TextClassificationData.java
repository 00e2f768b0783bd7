package io.github.lora4j.models.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Labelled texts of one file, in the order of the file.
 *
 * @param file where they come from, for error messages
 * @param rows at least one labelled text
 */
public record TextClassificationData(Path file, List<LabeledText> rows) {

  private static final int MAX_LISTED_LABELS = 20;

  public TextClassificationData {
    rows = List.copyOf(rows);
    if (rows.isEmpty()) {
      throw new DataException(file, "the file has no records");
    }
  }

  /** Reads a file with the columns {@code text} and {@code label}. */
  public static TextClassificationData read(Path file) {
    return read(file, "text", "label");
  }

  /**
   * Reads a JSONL, CSV or TSV file.
   *
   * @throws DataException if the file is empty, is not UTF-8, is malformed, misses a column, or has
   *     an empty text or label; the message names the line
   */
  public static TextClassificationData read(Path file, String textColumn, String labelColumn) {
    List<LabeledText> rows = new ArrayList<>();
    try (RecordReader reader = RecordReader.open(file)) {
      for (DataRecord record = reader.next(); record != null; record = reader.next()) {
        rows.add(
            new LabeledText(record.text(textColumn), record.label(labelColumn), record.line()));
      }
    }
    return new TextClassificationData(file, rows);
  }

  /** The distinct labels in the natural order of strings. */
  public List<String> labels() {
    Set<String> labels = new TreeSet<>();
    rows.forEach(row -> labels.add(row.label()));
    return List.copyOf(labels);
  }

  /**
   * The labels of data to train on.
   *
   * @return {@link #labels()}, at least two
   * @throws DataException if all rows have the same label
   */
  public List<String> trainingLabels() {
    List<String> labels = labels();
    if (labels.size() < 2) {
      throw new DataException(
          file,
          String.format(
              "all %d rows have the label '%s'; training needs at least two labels",
              rows.size(), labels.get(0)));
    }
    return labels;
  }

  /**
   * Checks that a model trained on {@code known} labels can be evaluated on these rows.
   *
   * @throws DataException at the first row with another label; the message lists the known ones
   */
  public void requireLabels(Collection<String> known) {
    Set<String> set = Set.copyOf(known);
    for (LabeledText row : rows) {
      if (!set.contains(row.label())) {
        throw new DataException(
            file,
            row.line(),
            "unknown label '" + row.label() + "'; the model knows " + list(known));
      }
    }
  }

  private static String list(Collection<String> labels) {
    String listed =
        labels.stream()
            .limit(MAX_LISTED_LABELS)
            .map(label -> "'" + label + "'")
            .collect(Collectors.joining(", "));
    int more = labels.size() - MAX_LISTED_LABELS;
    return more > 0 ? listed + " and " + more + " more" : listed;
  }
}
