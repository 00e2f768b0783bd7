package io.github.lora4j.lora;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.GoldenFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoraConfigJsonTest {

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"seqcls", "plain", "patterns", "alllinear"})
  void writesTheBytesThatPeftWrote(String name) throws IOException {
    Path golden = GoldenFiles.path(name).resolve("adapter_config.json");
    LoraConfig config = LoraConfigJson.read(golden);
    Path copy = folder.resolve("adapter_config.json");
    LoraConfigJson.write(config, copy);
    assertEquals(Files.readString(golden), Files.readString(copy));
    assertEquals(config, LoraConfigJson.read(copy));
  }

  /** As scripts/fixtures/loftq.py made it. */
  @Test
  void loftqComesBackAsPeftWroteIt() throws Exception {
    Path golden =
        Path.of(getClass().getResource("/golden/loftq_config/adapter_config.json").toURI());
    LoraConfig config = LoraConfigJson.read(golden);
    assertEquals(LoraInit.LOFTQ, config.initLoraWeights());
    assertEquals(new LoftQConfig(4, 5), config.loftqConfig());
    assertEquals(Files.readString(golden), LoraConfigJson.toJson(config));
    assertEquals(
        LoftQConfig.DEFAULT,
        parse("'init_lora_weights':'loftq','loftq_config':{'loftq_bits':4}").loftqConfig());
  }

  @Test
  void loftqSettingsAreChecked() {
    for (String settings :
        List.of(
            "{}",
            "null",
            "[1]",
            "{'loftq_bits':8}",
            "{'loftq_iter':0}",
            "{'loftq_iter':1.5}",
            "{'loftq_steps':1}")) {
      String fields = "'init_lora_weights':'loftq','loftq_config':" + settings;
      var e = assertThrows(CheckpointException.class, () -> parse(fields));
      assertTrue(e.getMessage().contains("loftq_"), e.getMessage());
    }
    LoraConfigBuilder loftq = LoraConfig.builder().initLoraWeights(LoraInit.LOFTQ);
    assertEquals(LoftQConfig.DEFAULT, loftq.build().loftqConfig());
    LoraConfig plain = loftq.build().toBuilder().initLoraWeights(LoraInit.KAIMING).build();
    assertTrue(LoraConfigJson.toJson(plain).contains("\"loftq_config\": {}"));
  }

  @Test
  void readsEveryField() {
    LoraConfig config =
        parse(
            "'r':2,'lora_alpha':0.5,'lora_dropout':0.1,'target_modules':'all-linear',"
                + "'exclude_modules':'.*x','use_rslora':true,'init_lora_weights':false,"
                + "'modules_to_save':['h'],'rank_pattern':{'a':3},'alpha_pattern':{'b':4},"
                + "'task_type':'CAUSAL_LM','base_model_name_or_path':'m','inference_mode':true,"
                + "'revision':'main','peft_version':'0.21.2','runtime_config':"
                + "{'ephemeral_gpu_offload':false},'future_field':null");
    assertEquals(2, config.r());
    assertEquals(0.5, config.loraAlpha());
    assertEquals(0.1, config.loraDropout());
    assertEquals(new ModuleSelector.AllLinear(), config.targetModules());
    assertEquals(new ModuleSelector.Regex(".*x"), config.excludeModules());
    assertEquals(LoraInit.RANDOM, config.initLoraWeights());
    assertEquals(List.of("h"), config.modulesToSave());
    assertEquals(3, config.rank("a"));
    assertEquals(4 / Math.sqrt(2), config.scaling("b"));
    assertEquals("m", config.baseModelNameOrPath());
    assertEquals("main", config.revision());
    assertTrue(config.useRslora() && config.inferenceMode());
    assertTrue(config.otherFields().containsKey("future_field"));
    assertTrue(LoraConfigJson.toJson(config).contains("\"future_field\": null"));
    assertEquals(config, LoraConfigJson.parse("x", LoraConfigJson.toJson(config)));
    LoraConfig single =
        parse("'target_modules':['q'],'layers_to_transform':3,'layers_pattern':'h'");
    assertEquals(List.of(3), single.layersToTransform());
    assertEquals(List.of("h"), single.layersPattern());
    assertEquals(LoraConfig.builder().build(), parse("'r':8"));
  }

  @Test
  void tokensOfTheEmbeddingsOrByModule() {
    LoraConfig list = parse("'trainable_token_indices':[3,1],'ensure_weight_tying':true");
    assertEquals(List.of(3, 1), list.trainableTokens("model.embed_tokens"));
    assertTrue(list.ensureWeightTying());
    LoraConfig map = parse("'trainable_token_indices':{'embed_tokens':[3],'lm_head':[1]}");
    assertEquals(List.of(3), map.trainableTokens("model.embed_tokens"));
    assertEquals(List.of(), map.trainableTokens("model.norm"));
    assertEquals(Map.of(), parse("'trainable_token_indices':[]").trainableTokens());
    for (LoraConfig config : List.of(list, map)) {
      assertEquals(config, LoraConfigJson.parse("a.json", LoraConfigJson.toJson(config)));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'use_dora':1",
        "'lora_bias':true,'use_dora':true",
        "'bias':'some'",
        "'layer_replication':[[0,4]]",
        "'alora_invocation_tokens':[1]",
        "'megatron_config':{'a':1}",
        "'use_qalora':true",
        "'trainable_token_indices':[3,3]",
        "'trainable_token_indices':[-1]",
        "'trainable_token_indices':'x'",
        "'trainable_token_indices':{'lm_head':[1.5]}",
        "'target_parameters':['x']",
        "'init_lora_weights':'corda'",
        "'init_lora_weights':'lora_ga'",
        "'init_lora_weights':'pissa_niter_'",
        "'init_lora_weights':'pissa_niter_x'",
        "'lora_bias':true,'init_lora_weights':'olora'",
        "'loftq_config':{'loftq_bits':4,'loftq_iter':1}",
        "'eva_config':{'rho':2.0}",
        "'a_field_of_the_future':true",
        "'r':0",
        "'r':1.5",
        "'r':'8'",
        "'lora_dropout':1.0",
        "'target_modules':5",
        "'target_modules':[5]",
        "'rank_pattern':{'q':'x'}",
        "'rank_pattern':[1]",
        "'use_rslora':1"
      })
  void refusesByName(String field) {
    var e = assertThrows(CheckpointException.class, () -> parse(field));
    String name = field.substring(1, field.indexOf("':"));
    assertTrue(e.getMessage().startsWith("a.json: " + name), e.getMessage());
  }

  @Test
  void startsThatTakeFromTheBase() {
    assertEquals(LoraInit.PISSA, parse("'init_lora_weights':'pissa'").initLoraWeights());
    assertEquals(LoraInit.OLORA, parse("'init_lora_weights':'olora'").initLoraWeights());
    LoraConfig niter = parse("'init_lora_weights':'pissa_niter_12'");
    assertEquals(LoraInit.PISSA_NITER, niter.initLoraWeights());
    assertEquals(12, niter.pissaIterations());
    assertTrue(LoraConfigJson.toJson(niter).contains("\"init_lora_weights\": \"pissa_niter_12\""));
    assertEquals(niter, niter.toBuilder().build());
    assertEquals(
        LoraConfig.builder().build(), niter.toBuilder().initLoraWeights(LoraInit.KAIMING).build());
    assertThrows(
        IllegalArgumentException.class,
        () -> LoraConfig.builder().initLoraWeights(LoraInit.PISSA_NITER).build());
    assertThrows(IllegalArgumentException.class, () -> LoraConfig.builder().pissaNiter(0).build());
  }

  @Test
  void refusesOtherDocuments() {
    for (String json :
        List.of(
            "",
            "[]",
            "{",
            "{} {}",
            "{\"peft_type\":\"IA3\"}",
            "{}",
            "null",
            "{\"peft_type\":\"LORA\",\"r\":1,\"r\":2}")) {
      assertThrows(CheckpointException.class, () -> LoraConfigJson.parse("a.json", json), json);
    }
    assertThrows(CheckpointException.class, () -> LoraConfigJson.read(folder.resolve("none.json")));
  }

  @Test
  void mutatedDocumentsAreReadOrRefused() throws IOException {
    String json = Files.readString(GoldenFiles.path("patterns").resolve("adapter_config.json"));
    Random random = new Random(3);
    int refused = 0;
    for (int i = 0; i < 3000; i++) {
      StringBuilder text = new StringBuilder(json);
      for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
        int at = random.nextInt(text.length());
        if (random.nextBoolean()) {
          text.setCharAt(at, "{}[]\",:01e-.\\(*?^tnull".charAt(random.nextInt(22)));
        } else {
          text.delete(at, Math.min(text.length(), at + random.nextInt(8)));
        }
      }
      try {
        LoraConfigJson.parse("a.json", text.toString()).scaling("bert.encoder.layer.1.dense");
      } catch (CheckpointException | IllegalArgumentException e) {
        refused++;
      }
    }
    assertTrue(refused > 500 && refused < 3000, "refused " + refused);
  }

  private static LoraConfig parse(String fields) {
    String json = ("{'peft_type':'LORA'," + fields + "}").replace('\'', '"');
    return LoraConfigJson.parse("a.json", json);
  }
}
