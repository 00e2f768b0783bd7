package io.github.lora4j.models.causal;

import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.models.generate.FinishReason;
import io.github.lora4j.models.generate.GenerationEngine;
import io.github.lora4j.models.generate.GenerationRequest;
import io.github.lora4j.models.generate.GenerationSequence;
import io.github.lora4j.models.generate.SamplingChooser;
import io.github.lora4j.models.generate.SamplingConfig;
import io.github.lora4j.models.generate.TokenConstraint;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Generates texts with a model. Stateless but for the model, and thread-safe: every call runs an
 * engine of its own.
 */
public final class TextGenerator {
  private final CausalLm model;

  /** A generator over a model, which stays its owner's. */
  public TextGenerator(CausalLm model) {
    this.model = model;
  }

  /**
   * Continues a prompt.
   *
   * @param prompt its tokens, as {@link PromptFormat#prompt} gives them
   * @param constraint what the output may be, or null; of this call alone
   * @param listener sees the text piece by piece
   * @throws IllegalArgumentException if the prompt does not fit the model
   */
  public GeneratedText generate(
      int[] prompt,
      SamplingConfig config,
      ActiveAdapter adapter,
      TokenConstraint constraint,
      Consumer<String> listener) {
    GenerationEngine engine = new GenerationEngine(model.base().compute(), model.base().model());
    Run run = new Run(prompt, config, adapter, 0, constraint, listener);
    run.submit(engine);
    engine.run();
    return run.result();
  }

  /**
   * Continues prompts side by side.
   *
   * @return one text for each, in their order
   */
  public List<GeneratedText> generate(
      List<int[]> prompts, SamplingConfig config, ActiveAdapter adapter) {
    return generate(prompts, config, Collections.nCopies(prompts.size(), adapter));
  }

  /**
   * Continues prompts side by side, with an adapter for each: PEFT's {@code adapter_names}.
   *
   * @param adapters one for each prompt, perhaps {@link ActiveAdapter#NONE} or {@link
   *     ActiveAdapter#scaled}
   * @return one text for each, in their order
   */
  public List<GeneratedText> generate(
      List<int[]> prompts, SamplingConfig config, List<? extends ActiveAdapter> adapters) {
    if (adapters.size() != prompts.size()) {
      throw new IllegalArgumentException(
          adapters.size() + " adapters for " + prompts.size() + " prompts");
    }
    GenerationEngine engine = new GenerationEngine(model.base().compute(), model.base().model());
    List<Run> runs = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      Run run = new Run(prompts.get(i), config, adapters.get(i), i, null, piece -> {});
      run.submit(engine);
      runs.add(run);
    }
    engine.run();
    return runs.stream().map(Run::result).toList();
  }

  /** One sequence on its way through an engine. */
  private final class Run {
    private final int[] prompt;
    private final ActiveAdapter adapter;
    private final int maxNewTokens;
    private final SamplingChooser chooser;
    private final TextStream text;
    private GenerationSequence sequence;

    Run(
        int[] prompt,
        SamplingConfig config,
        ActiveAdapter adapter,
        int number,
        TokenConstraint constraint,
        Consumer<String> listener) {
      this.prompt = prompt;
      this.adapter = adapter;
      // The token that ends a constrained output comes after it.
      this.maxNewTokens = config.maxNewTokens() + (constraint == null ? 0 : 1);
      this.chooser =
          new SamplingChooser(
              config,
              model.base().model().sizes().vocabSize(),
              number,
              constraint,
              prompt.length,
              model.endTokens());
      this.text = new TextStream(model.tokenizer(), config.stopStrings(), listener);
    }

    void submit(GenerationEngine engine) {
      sequence =
          engine.submit(
              new GenerationRequest(
                  prompt,
                  maxNewTokens,
                  Set.copyOf(model.endTokens()),
                  adapter,
                  chooser,
                  text::add));
    }

    GeneratedText result() {
      if (sequence.finishReason() == FinishReason.FAILED) {
        throw sequence.failure();
      }
      return new GeneratedText(
          text.finish(),
          sequence.generated(),
          prompt.length,
          sequence.finishReason(),
          sequence.times(),
          chooser.logprobs());
    }
  }
}
