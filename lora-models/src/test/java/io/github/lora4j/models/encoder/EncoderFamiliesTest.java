package io.github.lora4j.models.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.compute.Activation;
import io.github.lora4j.models.bert.EncoderConfig;
import io.github.lora4j.models.bert.GoldenBert;
import io.github.lora4j.models.config.ConfigFields;
import io.github.lora4j.models.distilbert.DistilBertConfig;
import io.github.lora4j.models.roberta.RobertaConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EncoderFamiliesTest {

  private static String golden(String family) throws IOException {
    return Files.readString(GoldenBert.directory(family + "-classifier").resolve("config.json"));
  }

  private static EncoderConfig parse(String json) {
    return EncoderFamilies.config(
        ConfigFields.parse("config.json", json.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void roberta() throws IOException {
    RobertaConfig expected = new RobertaConfig(100, 32, 2, 4, 64, Activation.GELU, 20, 1, 1e-5, 1);
    assertEquals(expected, parse(golden("roberta")));
    assertEquals(expected, parse(golden("roberta").replace("\"roberta\"", "\"xlm-roberta\"")));
    assertEquals(18, expected.maxTokens());
    int[] positions = new int[5];
    expected.positions(new int[] {0, 9, 1, 2}, positions, 1);
    assertArrayEquals(new int[] {0, 2, 3, 1, 4}, positions);
  }

  @Test
  void robertaAsTransformers4WroteIt() {
    String json =
        """
        {"architectures": ["RobertaForMaskedLM"], "bos_token_id": 0, "eos_token_id": 2,
         "attention_probs_dropout_prob": 0.1, "hidden_act": "gelu", "hidden_dropout_prob": 0.1,
         "hidden_size": 768, "initializer_range": 0.02, "intermediate_size": 3072,
         "layer_norm_eps": 1e-05, "max_position_embeddings": 514, "model_type": "roberta",
         "num_attention_heads": 12, "num_hidden_layers": 12, "pad_token_id": 1,
         "position_embedding_type": "absolute", "torch_dtype": "float32", "type_vocab_size": 1,
         "vocab_size": 50265}
        """;
    assertEquals(
        new RobertaConfig(50265, 768, 12, 12, 3072, Activation.GELU, 514, 1, 1e-5, 1), parse(json));
    assertEquals(512, parse(json).maxTokens());
  }

  @Test
  void distilBert() throws IOException {
    DistilBertConfig expected = new DistilBertConfig(100, 32, 2, 4, 64, Activation.GELU, 64);
    assertEquals(expected, parse(golden("distilbert")));
    assertEquals(64, expected.maxTokens());
    assertEquals(0, expected.typeVocabSize());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "roberta | \"is_decoder\": false | \"is_decoder\": true | 'is_decoder' is true",
        "roberta | \"pad_token_id\": 1 | \"pad_token_id\": 19 | pad_token_id is 19",
        "roberta | \"pad_token_id\": 1 | \"position_embedding_type\": \"relative_key\" |"
            + " 'position_embedding_type' is \"relative_key\"",
        "roberta | \"num_attention_heads\": 4 | \"num_attention_heads\": 5 | not a multiple",
        "roberta | \"roberta\" | \"longformer\" | supported: bert, roberta, xlm-roberta, distilbert",
        "distilbert | \"activation\": \"gelu\" | \"activation\": \"mish\" | 'activation'",
        "distilbert | \"dim\": 32, | | has no field 'dim'",
        "distilbert | \"n_layers\": 2 | \"n_layers\": 0 | num_hidden_layers is 0",
      })
  void refusesOtherComputations(String family, String from, String to, String problem)
      throws IOException {
    String json = golden(family);
    assertTrue(json.contains(from), from);
    String changed = json.replace(from, to == null ? "" : to);
    String message = assertThrows(CheckpointException.class, () -> parse(changed)).getMessage();
    assertTrue(message.startsWith("config.json: "), message);
    assertTrue(message.contains(problem), message);
  }

  @Test
  void aHeadWithAGapInItsLabelsIsRefused() throws IOException {
    ConfigFields fields =
        ConfigFields.parse(
            "config.json",
            golden("bert")
                .replace("\"1\": \"fair\"", "\"7\": \"fair\"")
                .getBytes(StandardCharsets.UTF_8));
    assertTrue(
        assertThrows(CheckpointException.class, fields::headLabels)
            .getMessage()
            .startsWith("config.json: 'id2label' has no label 1"));
    assertEquals(
        List.of(),
        ConfigFields.parse(
                "config.json",
                golden("bert")
                    .replace("BertForSequenceClassification", "BertModel")
                    .getBytes(StandardCharsets.UTF_8))
            .headLabels());
  }

  @Test
  void textsOfRobertaEndBeforeThePositionsDo(@TempDir Path folder) throws IOException {
    Path model = TinyModel.write("roberta-classifier", folder.resolve("model"));
    assertEquals(
        "max length 19 is more than the 18 positions of " + model,
        assertThrows(IllegalArgumentException.class, () -> EncoderSource.of(model.toString(), 19))
            .getMessage());
    EncoderSource.of(model.toString(), 18);
  }
}
