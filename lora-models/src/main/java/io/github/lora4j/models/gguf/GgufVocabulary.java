package io.github.lora4j.models.gguf;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.models.tokenizer.SpecialTokens;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** The vocabulary in the metadata of a GGUF file, with its lengths and ids checked. */
final class GgufVocabulary {
  static final int UNKNOWN = 2;
  static final int CONTROL = 3;
  static final int USER_DEFINED = 4;

  private static final String PREFIX = "tokenizer.ggml.";

  /** Control tokens that end a turn; llama.cpp knows them by their texts, too. */
  private static final Set<String> ENDS =
      Set.of("<|eot_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>");

  private final GgufFile file;
  private final GgufMetadata metadata;
  private final String[] tokens;
  private final long[] types;
  private final Map<String, Integer> ids = new HashMap<>();

  GgufVocabulary(GgufFile file) {
    this.file = file;
    this.metadata = file.metadata();
    this.tokens = metadata.strings(PREFIX + "tokens");
    this.types =
        has("token_type") ? metadata.integers(PREFIX + "token_type") : new long[tokens.length];
    requireLength("token_type", types.length);
    if (tokens.length == 0) {
      throw error(PREFIX + "tokens is empty");
    }
    for (int id = 0; id < tokens.length; id++) {
      ids.put(tokens[id], id);
    }
  }

  String[] tokens() {
    return tokens;
  }

  Map<String, Integer> ids() {
    return ids;
  }

  /** True if a token is of a type. */
  boolean is(int id, int type) {
    return types[id] == type;
  }

  float[] scores() {
    float[] scores = metadata.floats(PREFIX + "scores");
    requireLength("scores", scores.length);
    return scores;
  }

  String[] merges() {
    return metadata.strings(PREFIX + "merges");
  }

  boolean has(String name) {
    return metadata.has(PREFIX + name);
  }

  String string(String name, String fallback) {
    return metadata.string(PREFIX + name, fallback);
  }

  boolean bool(String name, boolean fallback) {
    return metadata.bool(PREFIX + name, fallback);
  }

  /** The id of a special token. */
  OptionalInt special(String name) {
    String key = name + "_token_id";
    if (!has(key)) {
      return OptionalInt.empty();
    }
    long id = metadata.integer(PREFIX + key);
    if (id < 0 || id >= tokens.length) {
      throw error(PREFIX + key + " is " + id + ", the vocabulary has " + tokens.length + " tokens");
    }
    return OptionalInt.of((int) id);
  }

  SpecialTokens specialTokens() {
    List<Integer> ends = new ArrayList<>();
    for (String name : List.of("eos", "eot", "eom")) {
      special(name).ifPresent(id -> addNew(ends, id));
    }
    for (String end : ENDS) {
      Integer id = ids.get(end);
      if (id != null && is(id, CONTROL)) {
        addNew(ends, id);
      }
    }
    return new SpecialTokens(special("bos"), ends, special("padding"));
  }

  private static void addNew(List<Integer> list, int id) {
    if (!list.contains(id)) {
      list.add(id);
    }
  }

  private void requireLength(String name, int length) {
    if (length != tokens.length) {
      throw error(PREFIX + name + " has " + length + " values for " + tokens.length + " tokens");
    }
  }

  CheckpointException error(String problem) {
    return new CheckpointException(file.source(), problem);
  }
}
