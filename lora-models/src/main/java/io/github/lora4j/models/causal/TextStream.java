package io.github.lora4j.models.causal;

import io.github.lora4j.models.generate.StopStrings;
import io.github.lora4j.models.tokenizer.TextTokenizer;
import io.github.lora4j.models.tokenizer.TokenStream;
import java.util.List;
import java.util.function.Consumer;

/** Text out of tokens, in pieces, up to a stop string. For one thread. */
final class TextStream {
  private final TokenStream tokens;
  private final StopStrings stops;
  private final Consumer<String> listener;
  private final StringBuilder text = new StringBuilder();

  TextStream(TextTokenizer tokenizer, List<String> stops, Consumer<String> listener) {
    this.tokens = tokenizer.stream(true);
    this.stops = new StopStrings(stops);
    this.listener = listener;
  }

  /** Takes a token; false if a stop string has come. */
  boolean add(int token) {
    pass(stops.push(tokens.add(token)));
    return !stops.stopped();
  }

  /** All text; the rest of it goes to the listener too. */
  String finish() {
    if (!stops.stopped()) {
      pass(stops.push(tokens.finish()));
    }
    if (!stops.stopped()) {
      pass(stops.finish());
    }
    return text.toString();
  }

  private void pass(String piece) {
    if (!piece.isEmpty()) {
      text.append(piece);
      listener.accept(piece);
    }
  }
}
