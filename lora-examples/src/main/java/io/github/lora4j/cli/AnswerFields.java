package io.github.lora4j.cli;

import io.github.lora4j.models.causal.CausalLm;
import io.github.lora4j.models.causal.Conversation;
import io.github.lora4j.models.causal.GeneratedText;
import io.github.lora4j.models.causal.TextGenerator;
import io.github.lora4j.models.chat.ChatTemplateException;
import io.github.lora4j.models.data.DataException;
import io.github.lora4j.models.data.DataRecord;
import io.github.lora4j.models.generate.SamplingConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Adds what a language model answers with each adapter. */
final class AnswerFields implements RecordRewriter.Fields {
  private final List<Answerer> answerers;
  private final Set<String> names;
  private final SamplingConfig config;
  private final TextGenerator generator;
  private final int context;
  private long tokens;

  AnswerFields(CausalLm model, List<Answerer> answerers, SamplingConfig config) {
    this.answerers = answerers;
    this.names = answerers.stream().map(Answerer::name).collect(Collectors.toUnmodifiableSet());
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
    NamedAdapter.requireFree(record, names);
  }

  @Override
  public void add(List<DataRecord> part) {
    // All prompts come first: an answer may go to a field that a question would be read from.
    List<List<int[]>> prompts = new ArrayList<>();
    for (Answerer answerer : answerers) {
      prompts.add(part.stream().map(record -> prompt(record, answerer)).toList());
    }
    for (int a = 0; a < answerers.size(); a++) {
      Answerer answerer = answerers.get(a);
      List<GeneratedText> answers = generator.generate(prompts.get(a), config, answerer.adapter());
      for (int i = 0; i < answers.size(); i++) {
        part.get(i).fields().put(answerer.name(), answers.get(i).text());
        tokens += answers.get(i).tokens().length;
      }
    }
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
