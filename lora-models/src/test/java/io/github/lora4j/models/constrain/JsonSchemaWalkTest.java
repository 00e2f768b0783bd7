package io.github.lora4j.models.constrain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Random schemas, random tokens: what comes out parses, validates, and fits the budget. */
class JsonSchemaWalkTest {
  private static final ObjectMapper STRICT =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();
  private static final SchemaRegistry VALIDATOR =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

  @Test
  void whatIsSampledParsesAndValidates() throws Exception {
    int documents = 0;
    for (int seed = 0; seed < 250; seed++) {
      List<byte[]> tokens = TestVocabulary.bytes(seed % 7);
      TokenVocabulary vocabulary = TestVocabulary.of(tokens);
      JsonNode json = new RandomSchemas(seed).next();
      JsonSchemaGrammar grammar = JsonSchemaGrammar.compile(json, vocabulary);
      Schema schema = VALIDATOR.getSchema(json.toString(), InputFormat.JSON);
      Random random = new Random(seed);
      for (int walk = 0; walk < 12; walk++) {
        int budget = grammar.minimalTokens() + (walk < 3 ? walk : random.nextInt(120));
        String text = walk(grammar, tokens, budget, random);
        STRICT.readTree(text);
        var errors = schema.validate(text, InputFormat.JSON);
        assertTrue(errors.isEmpty(), () -> json + "\n" + text + "\n" + errors);
        documents++;
      }
    }
    assertEquals(250 * 12, documents);
  }

  private static String walk(
      JsonSchemaGrammar grammar, List<byte[]> tokens, int budget, Random random) throws Exception {
    JsonSchemaConstraint constraint = grammar.constraint(budget);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BitSet allowed = new BitSet();
    boolean ended = false;
    for (int left = budget; !constraint.complete(); left--) {
      constraint.allowed(allowed, left);
      assertFalse(allowed.isEmpty());
      assertTrue(left > 0 || allowed.get(TestVocabulary.EOS));
      int token = pick(allowed, tokens, random);
      constraint.accept(token);
      if (token == TestVocabulary.EOS) {
        ended = true;
        break;
      }
      out.write(tokens.get(token));
    }
    assertEquals(0, constraint.minimalTokens());
    constraint.allowed(allowed, 0);
    assertTrue(ended || allowed.get(TestVocabulary.EOS));
    return StandardCharsets.UTF_8
        .newDecoder()
        .decode(ByteBuffer.wrap(out.toByteArray()))
        .toString();
  }

  /** Any allowed token, but longer ones more often than there are such. */
  private static int pick(BitSet allowed, List<byte[]> tokens, Random random) {
    int best = -1;
    for (int i = 0; i < 2; i++) {
      int start = allowed.nextSetBit(random.nextInt(tokens.size()));
      int token = start < 0 ? allowed.nextSetBit(0) : start;
      best = best < 0 || tokens.get(token).length > tokens.get(best).length ? token : best;
    }
    return best;
  }

  /** A mask is what trying every token gives, whatever was cached before, however tight it is. */
  @Test
  void masksAreExact() {
    int checked = 0;
    for (int seed = 0; seed < 40; seed++) {
      List<byte[]> tokens = TestVocabulary.bytes(seed % 5);
      JsonSchemaGrammar grammar =
          JsonSchemaGrammar.compile(new RandomSchemas(seed).next(), TestVocabulary.of(tokens));
      Random random = new Random(seed);
      for (int walk = 0; walk < 3; walk++) {
        int left = grammar.minimalTokens() + random.nextInt(40);
        JsonSchemaConstraint constraint = grammar.constraint(left);
        BitSet allowed = new BitSet();
        while (!constraint.complete()) {
          constraint.allowed(allowed, left);
          assertEquals(tried(constraint, tokens, left), allowed, "seed " + seed);
          checked++;
          int token = pick(allowed, tokens, random);
          constraint.accept(token);
          left--;
        }
      }
    }
    assertTrue(checked > 500, "only " + checked + " masks");
  }

  private static BitSet tried(JsonSchemaConstraint constraint, List<byte[]> tokens, int left) {
    BitSet possible = new BitSet();
    for (int token = 0; token < tokens.size(); token++) {
      JsonSchemaConstraint copy = constraint.copy();
      try {
        copy.accept(token);
      } catch (IllegalArgumentException e) {
        continue;
      }
      if (token == TestVocabulary.EOS || copy.minimalTokens() <= left - 1) {
        possible.set(token);
      }
    }
    return possible;
  }
}
