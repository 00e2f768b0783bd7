package io.github.lora4j.cli;

import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.models.causal.CausalLm;
import io.github.lora4j.models.causal.Conversation;
import io.github.lora4j.models.causal.GeneratedText;
import io.github.lora4j.models.causal.TextGenerator;
import io.github.lora4j.models.chat.ChatTemplateException;
import io.github.lora4j.models.data.DataException;
import io.github.lora4j.models.data.DataRecord;
import io.github.lora4j.models.generate.SamplingConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Adds fields with what a language model answers with an adapter. */
final class AnswerFields implements RecordRewriter.Fields {
  private final Map<String, Function<DataRecord, Answerer>> choices;
  private final SamplingConfig config;
  private final TextGenerator generator;
  private final int context;
  private long tokens;

  /**
   * @param choices for each field that is added, who answers a record there
   */
  AnswerFields(
      CausalLm model, Map<String, Function<DataRecord, Answerer>> choices, SamplingConfig config) {
    this.choices = choices;
    this.config = config;
    this.generator = new TextGenerator(model);
    this.context = model.base().model().context();
  }

  /** Generated tokens so far. */
  long tokens() {
    return tokens;
  }

  /** More than run at a time, so that few are left alone at the end of a part. */
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
    // All prompts come first: an answer may go to a field that a question would be read from.
    Map<String, List<Question>> questions = new LinkedHashMap<>();
    choices.forEach(
        (field, choice) ->
            questions.put(
                field,
                part.stream().map(record -> question(record, choice.apply(record))).toList()));
    questions.forEach((field, asked) -> answer(part, field, asked));
  }

  private void answer(List<DataRecord> part, String field, List<Question> questions) {
    List<GeneratedText> answers =
        generator.generate(
            questions.stream().map(Question::prompt).toList(),
            config,
            questions.stream().map(Question::adapter).toList());
    for (int i = 0; i < answers.size(); i++) {
      part.get(i).fields().put(field, answers.get(i).text());
      tokens += answers.get(i).tokens().length;
    }
  }

  private record Question(int[] prompt, ActiveAdapter adapter) {}

  private Question question(DataRecord record, Answerer answerer) {
    return new Question(prompt(record, answerer), answerer.adapter());
  }

  private int[] prompt(DataRecord record, Answerer answerer) {
    int[] prompt;
    try {
      prompt = answerer.format().prompt(Conversation.question(record, answerer.columns()));
    } catch (IllegalArgumentException | ChatTemplateException e) {
      throw new DataException(record.file(), record.line(), e.getMessage());
    }
    if (prompt.length >= context) {
      throw new DataException(
          record.file(),
          record.line(),
          "the prompt has "
              + prompt.length
              + " tokens, which leaves no room in the context of "
              + context);
    }
    return prompt;
  }
}
