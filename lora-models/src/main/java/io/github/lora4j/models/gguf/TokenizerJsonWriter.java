package io.github.lora4j.models.gguf;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.lora4j.models.gguf.ScoredMerges.Merge;
import io.github.lora4j.models.tokenizer.ByteAlphabet;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Writes the {@code tokenizer.json} that Hugging Face's library needs for a vocabulary. Source of
 * its parts: {@code convert_slow_tokenizer.py} and {@code integrations/gguf} of transformers.
 */
final class TokenizerJsonWriter {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String SPACE = "▁";

  private final GgufVocabulary vocabulary;
  private final boolean phi3;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final JsonGenerator json;

  private TokenizerJsonWriter(GgufVocabulary vocabulary, boolean phi3) throws IOException {
    this.vocabulary = vocabulary;
    this.phi3 = phi3;
    this.json = JSON.createGenerator(out);
  }

  /**
   * A byte-level BPE tokenizer.
   *
   * @param split how texts are divided
   */
  static byte[] byteLevel(GgufVocabulary vocabulary, BytePairSplit split) throws IOException {
    return new TokenizerJsonWriter(vocabulary, false).byteLevel(split);
  }

  /**
   * A SentencePiece tokenizer, as a BPE tokenizer with the merges that its scores imply.
   *
   * @param architecture of the model: Gemma's merges have the order of the vocabulary, and some
   *     tokens of Phi-3 take spaces after them
   */
  static byte[] sentencePiece(GgufVocabulary vocabulary, String architecture) throws IOException {
    return new TokenizerJsonWriter(vocabulary, architecture.equals("phi3"))
        .sentencePiece(architecture.startsWith("gemma"));
  }

  private byte[] byteLevel(BytePairSplit split) throws IOException {
    json.writeStartObject();
    addedTokens(vocabulary.tokens());
    write("normalizer", split.composes() ? Map.of("type", "NFC") : null);
    json.writeObjectFieldStart("pre_tokenizer");
    json.writeStringField("type", "Sequence");
    json.writeArrayFieldStart("pretokenizers");
    for (String pattern : split.patterns()) {
      json.writePOJO(
          Map.of(
              "type",
              "Split",
              "pattern",
              Map.of("Regex", pattern),
              "behavior",
              "Isolated",
              "invert",
              false));
    }
    Map<String, Object> bytes =
        Map.of(
            "type",
            "ByteLevel",
            "add_prefix_space",
            vocabulary.bool("add_space_prefix", false),
            "trim_offsets",
            true,
            "use_regex",
            false);
    json.writePOJO(bytes);
    json.writeEndArray();
    json.writeEndObject();
    postProcessor(split.addsBos());
    write("decoder", bytes);
    json.writeObjectFieldStart("model");
    json.writeStringField("type", "BPE");
    json.writeBooleanField("ignore_merges", split.wholeFirst());
    json.writeBooleanField("byte_fallback", false);
    json.writeObjectFieldStart("vocab");
    for (int id = 0; id < vocabulary.tokens().length; id++) {
      String token = vocabulary.tokens()[id];
      if (vocabulary.ids().get(token) == id) {
        boolean literal = isAdded(id) || ByteAlphabet.covers(token);
        json.writeNumberField(literal ? token : ByteAlphabet.write(token), id);
      }
    }
    json.writeEndObject();
    json.writeArrayFieldStart("merges");
    for (String merge : vocabulary.merges()) {
      int space = merge.indexOf(' ', 1);
      if (space < 0) {
        throw vocabulary.error("tokenizer.ggml.merges has '" + merge + "', not two tokens");
      }
      merge(merge.substring(0, space), merge.substring(space + 1));
    }
    return end();
  }

  private byte[] sentencePiece(boolean gemma) throws IOException {
    boolean prefix = vocabulary.bool("add_space_prefix", true);
    String[] tokens = vocabulary.tokens().clone();
    Map<String, Integer> ids = new java.util.HashMap<>();
    float[] scores = vocabulary.scores();
    for (int id = 0; id < tokens.length; id++) {
      if (gemma) {
        tokens[id] = spaces(tokens[id]);
        scores[id] = -id;
      }
      ids.put(tokens[id], id);
    }
    json.writeStartObject();
    addedTokens(tokens);
    Map<String, Object> toMarks =
        Map.of("type", "Replace", "pattern", Map.of("String", " "), "content", SPACE);
    write(
        "normalizer",
        prefix
            ? Map.of(
                "type",
                "Sequence",
                "normalizers",
                List.of(Map.of("type", "Prepend", "prepend", SPACE), toMarks))
            : toMarks);
    write("pre_tokenizer", null);
    postProcessor(true);
    List<Map<String, Object>> decoders =
        List.of(
            Map.of("type", "Replace", "pattern", Map.of("String", SPACE), "content", " "),
            Map.of("type", "ByteFallback"),
            Map.of("type", "Fuse"),
            Map.of("type", "Strip", "content", " ", "start", 1, "stop", 0));
    write(
        "decoder",
        Map.of("type", "Sequence", "decoders", prefix ? decoders : decoders.subList(0, 3)));
    json.writeObjectFieldStart("model");
    json.writeStringField("type", "BPE");
    OptionalInt unknown = vocabulary.special("unknown");
    write("unk_token", unknown.isPresent() ? tokens[unknown.getAsInt()] : null);
    json.writeBooleanField("fuse_unk", true);
    json.writeBooleanField("byte_fallback", true);
    json.writeObjectFieldStart("vocab");
    for (int id = 0; id < tokens.length; id++) {
      if (ids.get(tokens[id]) == id) {
        json.writeNumberField(tokens[id], id);
      }
    }
    json.writeEndObject();
    json.writeArrayFieldStart("merges");
    for (Merge merge : ScoredMerges.of(tokens, scores, ids)) {
      merge(merge.left(), merge.right());
    }
    return end();
  }

  /** Runs of spaces, which converters write as such, as the vocabulary of Gemma has them. */
  private static String spaces(String token) {
    return token.length() > 1 && token.isBlank() && token.chars().allMatch(c -> c == ' ')
        ? SPACE.repeat(token.length())
        : token;
  }

  private void merge(String left, String right) throws IOException {
    json.writeStartArray();
    json.writeString(left);
    json.writeString(right);
    json.writeEndArray();
  }

  private byte[] end() throws IOException {
    json.writeEndArray();
    json.writeEndObject();
    json.writeEndObject();
    json.close();
    return out.toByteArray();
  }

  /** Tokens that are found in a text before anything else. */
  private void addedTokens(String[] tokens) throws IOException {
    json.writeStringField("version", "1.0");
    write("truncation", null);
    write("padding", null);
    json.writeArrayFieldStart("added_tokens");
    for (int id = 0; id < tokens.length; id++) {
      // A token that is written in another way than in the file is not looked for.
      if (isAdded(id) && tokens[id].equals(vocabulary.tokens()[id])) {
        json.writeStartObject();
        json.writeNumberField("id", id);
        json.writeStringField("content", tokens[id]);
        json.writeBooleanField("single_word", false);
        json.writeBooleanField("lstrip", false);
        json.writeBooleanField("rstrip", takesSpaces(id));
        json.writeBooleanField("normalized", false);
        json.writeBooleanField("special", isSpecial(id));
        json.writeEndObject();
      }
    }
    json.writeEndArray();
  }

  private boolean isAdded(int id) {
    return vocabulary.ids().get(vocabulary.tokens()[id]) == id
        && !vocabulary.tokens()[id].isEmpty()
        && (isSpecial(id) || vocabulary.is(id, GgufVocabulary.USER_DEFINED));
  }

  private boolean isSpecial(int id) {
    return vocabulary.is(id, GgufVocabulary.CONTROL)
        || vocabulary.is(id, GgufVocabulary.UNKNOWN)
        || vocabulary.special("bos").equals(OptionalInt.of(id))
        || vocabulary.special("eos").equals(OptionalInt.of(id));
  }

  private boolean takesSpaces(int id) {
    String token = vocabulary.tokens()[id];
    return phi3 && !Set.of("<unk>", "<s>", "<|endoftext|>").contains(token);
  }

  private void postProcessor(boolean addsBos) throws IOException {
    OptionalInt bos =
        vocabulary.bool("add_bos_token", addsBos) ? vocabulary.special("bos") : OptionalInt.empty();
    OptionalInt eos =
        vocabulary.bool("add_eos_token", false) ? vocabulary.special("eos") : OptionalInt.empty();
    json.writeObjectFieldStart("post_processor");
    json.writeStringField("type", "TemplateProcessing");
    for (String name : List.of("single", "pair")) {
      json.writeArrayFieldStart(name);
      template(bos, "SpecialToken", 0);
      json.writePOJO(Map.of("Sequence", Map.of("id", "A", "type_id", 0)));
      template(eos, "SpecialToken", 0);
      if (name.equals("pair")) {
        template(bos, "SpecialToken", 1);
        json.writePOJO(Map.of("Sequence", Map.of("id", "B", "type_id", 1)));
        template(eos, "SpecialToken", 1);
      }
      json.writeEndArray();
    }
    json.writeObjectFieldStart("special_tokens");
    specialToken(bos);
    if (!eos.equals(bos)) {
      specialToken(eos);
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  private void template(OptionalInt id, String kind, int type) throws IOException {
    if (id.isPresent()) {
      String token = vocabulary.tokens()[id.getAsInt()];
      json.writePOJO(Map.of(kind, Map.of("id", token, "type_id", type)));
    }
  }

  private void specialToken(OptionalInt id) throws IOException {
    if (id.isPresent()) {
      String token = vocabulary.tokens()[id.getAsInt()];
      write(token, Map.of("id", token, "ids", List.of(id.getAsInt()), "tokens", List.of(token)));
    }
  }

  private void write(String field, Object value) throws IOException {
    json.writeFieldName(field);
    json.writePOJO(value);
  }
}
