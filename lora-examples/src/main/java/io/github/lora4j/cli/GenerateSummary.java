package io.github.lora4j.cli;

import io.github.lora4j.models.causal.CausalLm;
import io.github.lora4j.models.causal.GeneratedText;
import io.github.lora4j.models.generate.TokenLogprobs;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What {@code lora generate} prints at its end.
 *
 * @param adapter null for the model by itself
 */
record GenerateSummary(GeneratedText generated, CausalLm base, String adapter, double seconds) {

  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("text", generated.text());
    json.put("token_ids", generated.tokens());
    json.put("prompt_tokens", generated.promptTokens());
    json.put("generated_tokens", generated.tokens().length);
    json.put("finish_reason", generated.reason().name().toLowerCase(Locale.ROOT));
    json.put("prefill_tokens_per_second", generated.prefillTokensPerSecond());
    json.put("decode_tokens_per_second", generated.decodeTokensPerSecond());
    json.put("peak_rss_mb", PeakMemory.megabytes());
    json.put("seconds", seconds);
    json.put("adapter", adapter);
    json.put("base", base.base().name());
    json.put("weights", base.base().weights());
    json.put("kernels", base.base().compute().set().name().toLowerCase(Locale.ROOT));
    if (!generated.logprobs().isEmpty()) {
      json.put("logprobs", logprobs());
    }
    return json;
  }

  private List<Map<String, Object>> logprobs() {
    List<Map<String, Object>> steps = new ArrayList<>();
    for (TokenLogprobs step : generated.logprobs()) {
      Map<String, Object> one = entry(step.token(), step.logprob());
      one.put(
          "top", step.top().stream().map(other -> entry(other.token(), other.logprob())).toList());
      steps.add(one);
    }
    return steps;
  }

  private Map<String, Object> entry(int token, double logprob) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("token_id", token);
    entry.put("token", base.tokenizer().decode(new int[] {token}, false));
    entry.put("logprob", logprob);
    return entry;
  }

  List<String> lines() {
    return List.of(
        String.format(
            Locale.ROOT,
            "%d prompt tokens at %.0f/s, %d generated at %.1f/s, %.1f s in all.",
            generated.promptTokens(),
            generated.prefillTokensPerSecond(),
            generated.tokens().length,
            generated.decodeTokensPerSecond(),
            seconds));
  }
}
