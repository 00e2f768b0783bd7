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

  @Mixin private RewriteOptions files;

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
    files.check(common);
    try (TextTokenizer tokenizer = open()) {
      TokenFields fields = new TokenFields(tokenizer, files.textColumn(), !noSpecialTokens);
      Stopwatch tokenizing = new Stopwatch();
      long texts = files.rewrite(console, "tokenize", fields);
      report(tokenizer, texts, fields.tokens(), tokenizing.seconds(), watch.seconds());
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
      TextTokenizer tokenizer, long texts, long tokens, double tokenizing, double seconds) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("texts", texts);
    json.put("tokens", tokens);
    json.put("output", files.output().toString());
    json.put("vocab_size", tokenizer.vocabSize());
    json.put("tokens_per_second", tokenizing > 0 ? tokens / tokenizing : 0);
    json.put("peak_rss_mb", PeakMemory.megabytes());
    json.put("seconds", seconds);
    String line =
        String.format(
            Locale.ROOT,
            "Tokenized %,d texts to %,d tokens in %.1f s: %s",
            texts,
            tokens,
            seconds,
            files.output());
    console.result(common.json(), json, List.of(line));
  }
}
