package io.github.lora4j.cli;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.models.causal.CausalLm;
import io.github.lora4j.models.causal.DecoderSource;
import io.github.lora4j.models.causal.GeneratedText;
import io.github.lora4j.models.causal.TextGenerator;
import io.github.lora4j.models.chat.ChatMessage;
import io.github.lora4j.models.generate.SamplingConfig;
import io.github.lora4j.models.generate.TokenConstraint;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lora generate}: a language model continues a prompt. */
@Command(
    name = "generate",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    description = "Generates a text with a language model, with an adapter or without.")
final class GenerateCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private ModelOptions model;

  @Option(
      names = "--adapter",
      paramLabel = "DIR",
      description =
          "The adapter that applies: its folder, a GGUF file, or owner/name of one on the Hub.")
  private String adapter;

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      required = true,
      description = "What to answer, or with --no-chat-template to continue.")
  private String prompt;

  @Option(
      names = "--system",
      paramLabel = "TEXT",
      description = "A message of the system before the prompt.")
  private String system;

  @Mixin private ChatOptions chat;
  @Mixin private SamplingOptions sampling;
  @Mixin private CommonOptions common;

  GenerateCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Stopwatch watch = new Stopwatch();
    common.check();
    model.check(common);
    SamplingConfig config = sampling.config(common);
    LoraAdapter loaded =
        adapter == null
            ? null
            : NamedAdapter.of(adapter).load(console, () -> model.decoder(console));
    DecoderSource source = model.requireDecoder(console, common, "generate");
    try (Compute compute = common.compute();
        CausalLm base =
            CausalLm.open(
                compute,
                source,
                model.answerFormat(common, source, loaded, config.maxNewTokens()))) {
      ActiveAdapter active = loaded == null ? ActiveAdapter.NONE : base.bind(loaded);
      int[] tokens = chat.format(base.texts(), loaded).prompt(messages());
      TokenConstraint constraint = sampling.constraint(base, config);
      GeneratedText generated =
          new TextGenerator(base).generate(tokens, config, active, constraint, this::stream);
      GenerateSummary summary = new GenerateSummary(generated, base, adapter, watch.seconds());
      if (!common.json()) {
        console.say(false, "");
      }
      summary.lines().forEach(console::info);
      console.result(common.json(), summary.json(), List.of());
    }
    return 0;
  }

  private List<ChatMessage> messages() {
    List<ChatMessage> messages = new ArrayList<>();
    if (system != null) {
      messages.add(new ChatMessage("system", system));
    }
    messages.add(new ChatMessage("user", prompt));
    return messages;
  }

  /** People see the text as it comes. */
  private void stream(String piece) {
    if (!common.json()) {
      console.print(piece);
    }
  }
}
