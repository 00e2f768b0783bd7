package io.github.lora4j.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.lora4j.models.classify.ClassifierAdapter;
import io.github.lora4j.models.classify.Prediction;
import io.github.lora4j.models.classify.TextClassifier;
import io.github.lora4j.models.data.DataRecord;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.models.tokenizer.TokenBatch;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Adds fields with the label and the score that an adapter gives a text. */
final class LabelFields implements RecordRewriter.Fields {
  private static final Logger LOG = LoggerFactory.getLogger(LabelFields.class);

  private final TextEncoder base;
  private final TextClassifier classifier;
  private final Map<String, Function<DataRecord, ClassifierAdapter>> choices;
  private final String textColumn;
  private long cut;

  /**
   * @param choices for each field that is added, the adapter that answers a record there
   */
  LabelFields(
      TextEncoder base,
      Map<String, Function<DataRecord, ClassifierAdapter>> choices,
      String textColumn) {
    this.base = base;
    this.classifier = new TextClassifier(base);
    this.choices = choices;
    this.textColumn = textColumn;
  }

  /**
   * Says so if texts were too long and lost their end.
   *
   * @param texts how many there were
   */
  void warnOfCuts(long texts) {
    if (cut > 0) {
      LOG.warn(
          "{} of {} texts are longer than {} tokens and were cut",
          cut,
          texts,
          base.tokenizer().maxLength());
    }
  }

  @Override
  public int together() {
    return 256;
  }

  @Override
  public void check(DataRecord record) {
    NamedAdapter.requireFree(record, choices.keySet());
  }

  @Override
  public void add(List<DataRecord> part) {
    List<String> texts = part.stream().map(record -> record.text(textColumn)).toList();
    TokenBatch tokens = base.tokenizer().encodeBatch(texts);
    choices.forEach(
        (field, choice) -> {
          List<ClassifierAdapter> adapters = part.stream().map(choice).toList();
          List<Prediction> predictions = classifier.predictTokens(tokens.ids(), adapters);
          for (int i = 0; i < predictions.size(); i++) {
            ObjectNode answer = part.get(i).fields().putObject(field);
            answer.put("label", predictions.get(i).label());
            answer.put("score", predictions.get(i).score());
          }
        });
    cut += tokens.cut();
  }
}
