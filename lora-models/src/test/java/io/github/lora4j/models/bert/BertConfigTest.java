package io.github.lora4j.models.bert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.compute.Activation;
import io.github.lora4j.models.minilm.MiniLm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BertConfigTest {

  private static final String JSON =
      """
      {"architectures": ["BertModel"], "attention_probs_dropout_prob": 0.1, "hidden_act": "gelu",
       "hidden_dropout_prob": 0.1, "hidden_size": 384, "intermediate_size": 1536,
       "is_decoder": false, "add_cross_attention": false, "pruned_heads": {},
       "layer_norm_eps": 1e-12, "max_position_embeddings": 512, "model_type": "bert",
       "num_attention_heads": 12, "num_hidden_layers": 6, "pad_token_id": 0,
       "position_embedding_type": "absolute", "type_vocab_size": 2, "vocab_size": 30522}
      """;

  private static BertConfig parse(String json) {
    return BertConfig.parse("config.json", json.getBytes(StandardCharsets.UTF_8));
  }

  private static void assertRefused(String expected, String json) {
    assertEquals(
        "config.json: " + expected,
        assertThrows(CheckpointException.class, () -> parse(json)).getMessage());
  }

  private static String with(String from, String to) {
    String json = JSON.replace(from, to);
    if (json.equals(JSON)) {
      throw new AssertionError(from + " is not in the sample");
    }
    return json;
  }

  @Test
  void readsWhatTransformersWrites(@TempDir Path folder) throws IOException {
    assertEquals(MiniLm.config(), parse(JSON));
    assertEquals(32, parse(JSON).headSize());
    assertEquals(
        MiniLm.config(), BertConfig.read(Files.writeString(folder.resolve("config.json"), JSON)));
    Path none = folder.resolve("none.json");
    assertEquals(
        none + ": no such file",
        assertThrows(CheckpointException.class, () -> BertConfig.read(none)).getMessage());
  }

  @Test
  void optionalFieldsHaveTheDefaultsOfTransformers() {
    BertConfig config =
        parse(
            """
            {"model_type": "bert", "vocab_size": 7, "hidden_size": 4, "num_hidden_layers": 1,
             "num_attention_heads": 2, "intermediate_size": 8, "max_position_embeddings": 9}
            """);
    assertEquals(new BertConfig(7, 4, 1, 2, 8, Activation.GELU, 9, 2, 1e-12), config);
  }

  @Test
  void knowsTheActivations() {
    assertEquals(Activation.GELU_TANH, parse(with("\"gelu\"", "\"gelu_new\"")).hiddenAct());
    assertEquals(Activation.RELU, parse(with("\"gelu\"", "\"relu\"")).hiddenAct());
  }

  @Test
  void refusesOtherComputations() {
    assertRefused(
        "'hidden_act' is \"mish\"; supported: [gelu, gelu_python, gelu_new, gelu_pytorch_tanh,"
            + " gelu_fast, relu, silu, swish, tanh]",
        with("\"gelu\"", "\"mish\""));
    assertRefused(
        "'position_embedding_type' is \"relative_key\"; supported: absolute",
        with("absolute", "relative_key"));
    assertRefused(
        "'is_decoder' is true; supported: false",
        with("\"is_decoder\": false", "\"is_decoder\": true"));
    assertRefused(
        "'add_cross_attention' is true; supported: false",
        with("\"add_cross_attention\": false", "\"add_cross_attention\": true"));
    assertRefused(
        "'model_type' is \"roberta\"; supported: bert",
        with("\"model_type\": \"bert\"", "\"model_type\": \"roberta\""));
    assertRefused(
        "'model_type' is missing; supported: bert", with("\"model_type\": \"bert\",", ""));
    assertRefused(
        "'pruned_heads' is {\"0\":[1]}; supported: none",
        with("\"pruned_heads\": {}", "\"pruned_heads\": {\"0\": [1]}"));
    assertRefused(
        "quantization_config.quant_method is gptq; supported: bitsandbytes",
        with("\"pad_token_id\": 0", "\"quantization_config\": {\"quant_method\": \"gptq\"}"));
    assertRefused(
        "quantization_config.load_in_4bit is false; supported: true",
        with(
            "\"pad_token_id\": 0",
            "\"quantization_config\": {\"quant_method\": \"bitsandbytes\","
                + " \"load_in_4bit\": false}"));
  }

  @Test
  void refusesWrongSizes() {
    assertRefused("has no field 'hidden_size'", with("\"hidden_size\": 384,", ""));
    assertRefused("'hidden_size' is 384.5, not an integer", with(": 384,", ": 384.5,"));
    assertRefused("'hidden_size' is \"384\", not an integer", with(": 384,", ": \"384\","));
    assertRefused("'hidden_size' is 99999999999, not an integer", with(": 384,", ": 99999999999,"));
    assertRefused("num_hidden_layers is 0, not positive", with(": 6,", ": 0,"));
    assertRefused(
        "hidden_size 384 is not a multiple of num_attention_heads 7", with(": 12,", ": 7,"));
    assertRefused("layer_norm_eps is 0.0", with("1e-12", "0"));
    assertRefused("'layer_norm_eps' is \"x\", no number", with("1e-12", "\"x\""));
  }

  @Test
  void refusesWhatIsNotJson() {
    assertRefused("is not a JSON object", "[1]");
    assertRefused("is not a JSON object", "");
    String message = assertThrows(CheckpointException.class, () -> parse("{\"a\": ")).getMessage();
    assertEquals(1, message.lines().count());
  }
}
