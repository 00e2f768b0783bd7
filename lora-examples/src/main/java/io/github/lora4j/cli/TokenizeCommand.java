package io.github.lora4j.cli;

import io.github.lora4j.models.gguf.GgufFile;
import io.github.lora4j.models.gguf.GgufTokenizer;
import io.github.lora4j.models.tokenizer.TextTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lora tokenize}: the token ids of the texts of a file. */
@Command(
    name = "tokenize",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    description = "Writes the token ids of the texts of a file.")
final class TokenizeCommand implements Callable<Integer> {
  private final Console console;

  @Option(
      names = "--model",
      paramLabel = "M",
      required = true,
      description = "A GGUF file, or a directory with a tokenizer.json.")
  private Path model;

  @Option(
      names = "--input",
      paramLabel = "FILE",
      required = true,
      description = "The texts: JSONL, CSV or TSV.")
  private Path input;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      required = true,
      description = "JSONL with the fields of the input and ids.")
  private Path output;

  @Option(
      names = "--text-column",
      paramLabel = "NAME",
      defaultValue = "text",
      description = "The field with the text (${DEFAULT-VALUE}).")
  private String textColumn;

  @Option(
      names = "--no-special-tokens",
      description = "Leave out the special tokens that the tokenizer puts around a text.")
  private boolean noSpecialTokens;

  @Mixin private CommonOptions common;

  TokenizeCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    Stopwatch watch = new Stopwatch();
    common.check();
    if (!Files.exists(model)) {
      throw common.usage("no model '" + model + "': it is neither a GGUF file nor a directory");
    }
    if (Files.exists(output) && Files.exists(input) && Files.isSameFile(input, output)) {
      throw common.usage("--output is the file of --input");
    }
    if (Files.isDirectory(output)) {
      throw new IllegalArgumentException(output + " is a folder, not a file to write");
    }
    try (TextTokenizer tokenizer = open()) {
      FileTokenizer file = new FileTokenizer(tokenizer, textColumn, !noSpecialTokens);
      Stopwatch tokenizing = new Stopwatch();
      try (CountProgress progress = CountProgress.on(console, "tokenize")) {
        file.tokenize(input, output, progress);
      }
      report(tokenizer, file, tokenizing.seconds(), watch.seconds());
    }
    return 0;
  }

  private TextTokenizer open() {
    if (Files.isDirectory(model)) {
      return TextTokenizer.open(model);
    }
    try (GgufFile file = GgufFile.open(model)) {
      return GgufTokenizer.open(file);
    }
  }

  private void report(
      TextTokenizer tokenizer, FileTokenizer file, double tokenizing, double seconds) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("texts", file.texts());
    json.put("tokens", file.tokens());
    json.put("output", output.toString());
    json.put("vocab_size", tokenizer.vocabSize());
    json.put("tokens_per_second", tokenizing > 0 ? file.tokens() / tokenizing : 0);
    json.put("peak_rss_mb", PeakMemory.megabytes());
    json.put("seconds", seconds);
    String line =
        String.format(
            Locale.ROOT,
            "Tokenized %,d texts to %,d tokens in %.1f s: %s",
            file.texts(),
            file.tokens(),
            seconds,
            output);
    console.result(common.json(), json, List.of(line));
  }
}
