package io.github.lora4j.models.constrain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonSchemaGrammarTest {
  private static final List<byte[]> TOKENS = TestVocabulary.bytes(1);
  private static final TokenVocabulary VOCABULARY = TestVocabulary.of(TOKENS);
  private static final String REVIEW =
      "{'type':'object','properties':{'sentiment':{'enum':['positive','negative','mixed']},"
          + "'aspects':{'type':'array','maxItems':2,'items':{'type':'object','properties':"
          + "{'name':{'type':'string','maxLength':5},'score':{'type':'integer','minimum':1,"
          + "'maximum':5}},'required':['name']}},'summary':{'type':'string','minLength':2}},"
          + "'required':['sentiment','summary'],'additionalProperties':false}";

  @Test
  void documentsOfTheSchemaPass() {
    for (String document :
        List.of(
            "{'sentiment':'positive','summary':'ok'}",
            "{'sentiment': 'mixed', 'aspects': [], 'summary': 'é😀'}",
            "{'sentiment':'negative','aspects':[{'name':''}, {'name':'abcde', 'score':5}],"
                + "'summary':'\\n\\u00e9'}")) {
      assertTrue(accepts(REVIEW, document), document);
    }
  }

  @Test
  void otherDocumentsDoNot() {
    for (String document :
        List.of(
            "{'summary':'ok'}",
            "{'sentiment':'good','summary':'ok'}",
            "{'sentiment':'mixed','summary':'o'}",
            "{'sentiment':'mixed','summary':'ok','x':1}",
            "{'summary':'ok','sentiment':'mixed'}",
            "{'sentiment':'mixed','aspects':[{'name':'abcdef'}],'summary':'ok'}",
            "{'sentiment':'mixed','aspects':[{'name':'','score':6}],'summary':'ok'}",
            "{'sentiment':'mixed','aspects':[{'name':''},{'name':''},{'name':''}],'summary':'ok'}",
            "{'sentiment':'mixed','summary':'a\n'}",
            "{'sentiment':'mixed','summary':'a\\ud83d\\ude00'}",
            "{'sentiment':'mixed','summary':'ok',}",
            "{'sentiment':  'mixed','summary':'ok'}",
            "{'sentiment':'mixed','summary':'ok'} ")) {
      assertFalse(accepts(REVIEW, document), document);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "number;0 -0 12 1.5 -0.25 1e5 1E-07 123456789012345;01 1. .5 +1 1e 1e123 - 1234567890123456",
        "integer;0 -7 42;1.0 1e2 007",
        "boolean;true false;tru True",
        "null;null;nul nulll"
      })
  void numbersAndNames(String type, String right, String wrong) {
    for (String document : right.split(" ")) {
      assertTrue(accepts("{'type':'" + type + "'}", document), document);
    }
    for (String document : wrong.split(" ")) {
      assertFalse(accepts("{'type':'" + type + "'}", document), document);
    }
  }

  @Test
  void branchesAreReadSideBySide() {
    String schema =
        "{'anyOf':[{'type':'object','properties':{'a':{'type':'integer'}},'required':['a']},"
            + "{'type':'object','properties':{'a':{'type':'string'},'b':{'type':'null'}},"
            + "'required':['a','b']},{'enum':['x',1,12]}]}";
    for (String document : List.of("{'a':3}", "{'a':'3','b':null}", "'x'", "1", "12")) {
      assertTrue(accepts(schema, document), document);
    }
    for (String document : List.of("{'a':'3'}", "{'a':3,'b':null}", "13", "{}")) {
      assertFalse(accepts(schema, document), document);
    }
  }

  @Test
  void recursion() {
    String schema =
        "{'$ref':'#/$defs/list','$defs':{'list':{'anyOf':[{'type':'null'},{'type':'object',"
            + "'properties':{'next':{'$ref':'#/$defs/list'}},'required':['next']}]}}}";
    assertTrue(accepts(schema, "{'next':{'next':{'next':null}}}"));
    assertFalse(accepts(schema, "{'next':{'next':{}}}"));
    assertEquals(1, grammar(schema).minimalTokens());
  }

  @Test
  void exclusiveBranches() {
    assertTrue(
        accepts(
            "{'oneOf':[{'type':'object','properties':{'t':{'const':'a'}},'required':['t']},"
                + "{'type':'object','properties':{'t':{'const':'b'},'n':{'type':'null'}},"
                + "'required':['t']}]}",
            "{'t':'b','n':null}"));
    assertProblem("{'oneOf':[{'type':'integer'},{'type':'number'}]}", "cannot be told apart");
    assertProblem("{'oneOf':[{'type':'object'},{'type':'object'}]}", "cannot be told apart");
    assertProblem("{'oneOf':[{'enum':[1]},{'enum':[1.0]}]}", "cannot be told apart");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      delimiter = ';',
      value = {
        "{'type':'string','pattern':'a'};the keyword 'pattern' is not supported",
        "{'type':'string','format':'date'};the keyword 'format' is not supported",
        "{'type':'object','allOf':[]};the keyword 'allOf' is not supported",
        "{'type':'array','items':{'not':{}}};#/items: the keyword 'not' is not supported",
        "{'type':'array','items':{'type':'null'},'uniqueItems':true};'uniqueItems'",
        "{'type':'array','items':{'type':'null'},'minItems':3,'maxItems':2};'minItems' is 3",
        "{'type':'array','items':false,'minItems':1};'items' is false",
        "{'type':'array'};must say its 'items'",
        "{'type':'string','minLength':2,'maxLength':1};'minLength' is 2",
        "{'type':'string','minLength':-1};'minLength' is -1",
        "{'type':'string','minLength':99999999};more than",
        "{'enum':[]};no value",
        "{'enum':[1],'type':'string'};no value",
        "{'enum':['abc'],'maxLength':2};no value",
        "{'enum':['a'],'const':'b'};no value",
        "{'type':'object','properties':{'a':false},'required':['a']};is required, but false",
        "{'type':'object','required':['a']};not among its properties",
        "{'type':'object','required':'a'};not a list of names",
        "{'type':'object','properties':{'a':{'$ref':'#'}},'required':['a']};needs itself",
        "{'$ref':'#'};refers to itself",
        "{'anyOf':[{'$ref':'#'},{'type':'null'}]};refers to itself",
        "{'$ref':'#/$defs/x'};not in the schema",
        "{'$ref':'other.json'};supported are places in the schema",
        "{'anyOf':[false,false]};every branch is false",
        "{'anyOf':[]};not a list",
        "{'anyOf':[{'type':'null'}],'type':'null'};beside 'anyOf'",
        "false;is false",
        "true;allows any JSON",
        "{};does not say its type",
        "3;neither an object",
        "{'type':'text'};the type 'text' is unknown",
        "{'type':'number','minimum':1};bounds of numbers",
        "{'type':'integer','minimum':1};bounds of numbers",
        "{'type':'integer','minimum':3,'maximum':2};no integer",
        "{'type':'integer','minimum':0,'maximum':5000};more than 1000",
        "{'type':'integer','exclusiveMinimum':2,'maximum':2};no integer"
      })
  void schemasThatAreRefused(String schema, String problem) {
    assertProblem(schema, problem);
  }

  @Test
  void budgets() {
    JsonSchemaGrammar grammar = grammar(REVIEW);
    int minimal = grammar.minimalTokens();
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> grammar.constraint(minimal - 1));
    assertTrue(e.getMessage().contains("needs up to " + minimal), e.getMessage());
    JsonSchemaConstraint constraint = grammar.constraint(minimal);
    BitSet allowed = new BitSet();
    int tokens = 0;
    for (; !constraint.complete(); tokens++) {
      constraint.allowed(allowed, minimal - tokens);
      constraint.accept(allowed.nextSetBit(0));
    }
    assertTrue(tokens <= minimal, tokens + " of " + minimal);
    assertThrows(
        IllegalArgumentException.class, () -> grammar.constraint(minimal).allowed(allowed, 1));
  }

  @Test
  void wrongTokens() {
    JsonSchemaConstraint constraint = grammar("{'type':'null'}").constraint(9);
    assertThrows(IllegalArgumentException.class, () -> constraint.accept(TestVocabulary.EOS));
    assertThrows(IllegalArgumentException.class, () -> constraint.accept(1));
    assertThrows(IllegalArgumentException.class, () -> constraint.accept(-1));
    assertThrows(IllegalArgumentException.class, () -> constraint.accept(99_999));
    assertFalse(constraint.complete());
    List<byte[]> few = new ArrayList<>(TOKENS);
    few.set(2 + '"', new byte[] {'\n'});
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> TestVocabulary.of(few.subList(0, 258)));
    assertTrue(e.getMessage().contains("no token for '\"'"), e.getMessage());
  }

  /** Without the bytes that complete it, the beginning of a character must not be allowed. */
  @Test
  void halfCharactersNeedTheirOtherHalf() {
    List<byte[]> tokens = new ArrayList<>(TOKENS.subList(0, 2 + 128));
    tokens.add(new byte[] {(byte) 0xc3});
    TokenVocabulary vocabulary = TestVocabulary.of(tokens);
    JsonSchemaConstraint constraint =
        JsonSchemaGrammar.compile(json("{'type':'string'}"), vocabulary).constraint(9);
    constraint.accept(2 + '"');
    BitSet allowed = new BitSet();
    constraint.allowed(allowed, 8);
    assertTrue(allowed.get(2 + 'a'));
    assertFalse(allowed.get(tokens.size() - 1));
    assertThrows(
        JsonSchemaException.class,
        () -> JsonSchemaGrammar.compile(json("{'const':'é'}"), vocabulary));
  }

  private static boolean accepts(String schema, String document) {
    JsonSchemaConstraint constraint = grammar(schema).constraint(1000);
    for (byte value : document.replace('\'', '"').getBytes(StandardCharsets.UTF_8)) {
      try {
        constraint.accept(2 + (value & 0xff));
      } catch (IllegalArgumentException e) {
        return false;
      }
    }
    return constraint.minimalTokens() == 0;
  }

  private static void assertProblem(String schema, String problem) {
    JsonSchemaException e = assertThrows(JsonSchemaException.class, () -> grammar(schema));
    assertTrue(e.getMessage().contains(problem), e.getMessage());
    assertTrue(e.getMessage().startsWith("JSON schema, #"), e.getMessage());
  }

  private static JsonSchemaGrammar grammar(String schema) {
    return JsonSchemaGrammar.compile(json(schema), VOCABULARY);
  }

  private static JsonNode json(String schema) {
    try {
      return new ObjectMapper().readTree(schema.replace('\'', '"'));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
