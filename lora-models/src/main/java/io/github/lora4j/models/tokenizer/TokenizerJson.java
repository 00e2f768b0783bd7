package io.github.lora4j.models.tokenizer;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.models.config.JsonFile;
import java.io.IOException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * What a {@code tokenizer.json} says about its tokens, which the native library does not tell. Read
 * in one pass; the merges, most of the file, are passed over.
 *
 * @param ids of all tokens, added ones included
 * @param tokens by id; null where an id has none
 * @param special the ids of special tokens
 * @param decoder the part of that name, or a missing node
 */
record TokenizerJson(Map<String, Integer> ids, String[] tokens, BitSet special, JsonNode decoder) {
  private static final JsonMapper JSON = new JsonMapper();

  /** Far more than any vocabulary has: bounds the memory of a damaged file. */
  private static final int MOST = 1 << 24;

  /**
   * Reads.
   *
   * @throws CheckpointException if it is not valid JSON, or a token has no valid id
   */
  static TokenizerJson parse(String source, byte[] json) {
    try (JsonParser parser = JSON.createParser(json)) {
      return new Reader(source, parser).read();
    } catch (IOException e) {
      throw JsonFile.unreadable(source, e);
    }
  }

  /** One pass over the JSON. */
  private static final class Reader {
    private final String source;
    private final JsonParser parser;
    private final Map<String, Integer> ids = new HashMap<>();
    private final Map<Integer, String> added = new HashMap<>();
    private final BitSet special = new BitSet();
    private JsonNode decoder = JSON.missingNode();
    private int highest = -1;

    Reader(String source, JsonParser parser) {
      this.source = source;
      this.parser = parser;
    }

    TokenizerJson read() throws IOException {
      require(parser.nextToken() == JsonToken.START_OBJECT, "is not a JSON object");
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String field = parser.currentName();
        parser.nextToken();
        switch (field) {
          case "added_tokens" -> added();
          case "decoder" -> decoder = parser.readValueAsTree();
          case "model" -> model();
          default -> parser.skipChildren();
        }
      }
      require(!ids.isEmpty() || !added.isEmpty(), "has no vocabulary");
      String[] tokens = new String[highest + 1];
      ids.forEach((token, id) -> tokens[id] = token);
      added.forEach(
          (id, token) -> {
            tokens[id] = token;
            ids.put(token, id);
          });
      return new TokenizerJson(
          ids, tokens, special, decoder == null ? JSON.missingNode() : decoder);
    }

    private void added() throws IOException {
      JsonNode list = parser.readValueAsTree();
      for (JsonNode token : list) {
        JsonNode id = token.path("id");
        JsonNode content = token.path("content");
        require(id.isInt() && content.isTextual(), "has an added token without id or content");
        added.put(id(id.intValue(), content.textValue()), content.textValue());
        special.set(id.intValue(), token.path("special").asBoolean());
      }
    }

    private void model() throws IOException {
      require(parser.currentToken() == JsonToken.START_OBJECT, "'model' is not an object");
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean vocabulary = parser.currentName().equals("vocab");
        JsonToken value = parser.nextToken();
        if (vocabulary && value == JsonToken.START_OBJECT) {
          tokensWithIds();
        } else if (vocabulary && value == JsonToken.START_ARRAY) {
          tokensInOrder();
        } else {
          parser.skipChildren();
        }
      }
    }

    private void tokensWithIds() throws IOException {
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String token = parser.currentName();
        require(
            parser.nextToken() == JsonToken.VALUE_NUMBER_INT,
            "token '" + token + "' has no integer as id");
        ids.put(token, id(parser.getIntValue(), token));
      }
    }

    /** Unigram: pairs of token and score. */
    private void tokensInOrder() throws IOException {
      for (int next = 0; parser.nextToken() == JsonToken.START_ARRAY; next++) {
        require(parser.nextToken() == JsonToken.VALUE_STRING, "token " + next + " is no string");
        String token = parser.getText();
        ids.put(token, id(next, token));
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          parser.skipChildren();
        }
      }
    }

    private int id(int id, String token) {
      require(id >= 0 && id < MOST, "token '" + token + "' has the id " + id);
      highest = Math.max(highest, id);
      return id;
    }

    private void require(boolean fits, String problem) {
      if (!fits) {
        throw new CheckpointException(source, problem);
      }
    }
  }
}
