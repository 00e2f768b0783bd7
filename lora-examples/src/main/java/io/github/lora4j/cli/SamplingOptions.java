package io.github.lora4j.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.lora4j.models.causal.CausalLm;
import io.github.lora4j.models.constrain.JsonSchemaException;
import io.github.lora4j.models.constrain.JsonSchemaGrammar;
import io.github.lora4j.models.constrain.TokenVocabulary;
import io.github.lora4j.models.generate.SamplingConfig;
import io.github.lora4j.models.generate.TokenConstraint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How tokens are chosen. */
final class SamplingOptions {
  @Mixin private AnswerOptions answer;

  @Option(
      names = "--temperature",
      paramLabel = "X",
      defaultValue = "0",
      description = "Higher draws more freely; 0 takes the likeliest token (${DEFAULT-VALUE}).")
  private double temperature;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      defaultValue = "1",
      description = "Draw from the likeliest tokens of this probability (${DEFAULT-VALUE}).")
  private double topP;

  @Option(
      names = "--top-k",
      paramLabel = "N",
      defaultValue = "50",
      description = "Draw from the N likeliest tokens, 0 for all (${DEFAULT-VALUE}).")
  private int topK;

  @Option(
      names = "--min-p",
      paramLabel = "P",
      defaultValue = "0",
      description = "Leave out tokens below this share of the likeliest one (${DEFAULT-VALUE}).")
  private double minP;

  @Option(
      names = "--repetition-penalty",
      paramLabel = "X",
      defaultValue = "1",
      description = "Above 1 makes tokens that were there less likely (${DEFAULT-VALUE}).")
  private double repetitionPenalty;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Of the draws (${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--logprobs",
      paramLabel = "N",
      defaultValue = "0",
      description = "Report the N likeliest tokens of each step in --json (${DEFAULT-VALUE}).")
  private int logprobs;

  @Option(
      names = "--json-schema",
      paramLabel = "FILE",
      description = "The output is JSON that this schema accepts.")
  private Path schema;

  /** The configuration. */
  SamplingConfig config(CommonOptions common) {
    SamplingConfig.Builder config =
        answer
            .config()
            .doSample(temperature != 0)
            .topP(topP)
            .topK(topK)
            .minP(minP)
            .repetitionPenalty(repetitionPenalty)
            .seed(seed)
            .logprobs(logprobs);
    if (temperature != 0) {
      config.temperature(temperature);
    }
    return common.checked(config::build);
  }

  /** What the output may be, or null if it may be anything. */
  TokenConstraint constraint(CausalLm model, SamplingConfig config) {
    if (schema == null) {
      return null;
    }
    int[] ends = model.endTokens().stream().mapToInt(Integer::intValue).toArray();
    TokenVocabulary vocabulary =
        new TokenVocabulary(
            model.tokenizer()::bytes, model.base().model().sizes().vocabSize(), ends);
    JsonNode root = read();
    try {
      return JsonSchemaGrammar.compile(root, vocabulary).constraint(config.maxNewTokens());
    } catch (JsonSchemaException e) {
      throw new IllegalArgumentException(schema + ": " + e.getMessage(), e);
    }
  }

  private JsonNode read() {
    try {
      return new JsonMapper().readTree(Files.readAllBytes(schema));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          schema + " is not valid JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
