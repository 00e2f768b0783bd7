package io.github.lora4j.lora;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.lora4j.checkpoint.CheckpointException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Against whole models that PEFT wrapped, see scripts/fixtures/peft_adapters.py. */
class PeftTargetModulesTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TestFactory
  Stream<DynamicTest> selectsTheModulesThatPeftWrapped() throws IOException {
    JsonNode golden;
    try (InputStream in =
        PeftTargetModulesTest.class.getResourceAsStream("/golden/peft/target_modules_cases.json")) {
      golden = JSON.readTree(in);
    }
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode one : golden.get("cases")) {
      // PEFT refuses a choice that includes layers of other kinds; here none are offered.
      if (one.path("message").asText().contains("is not supported")) {
        continue;
      }
      JsonNode model = golden.get("models").get(one.get("model").textValue());
      tests.add(DynamicTest.dynamicTest(one.toString(), () -> check(one, model)));
    }
    return tests.stream();
  }

  private static void check(JsonNode one, JsonNode model) {
    // PEFT adapts embeddings too when they are named: the names follow the same rules.
    boolean byName = !one.path("target_modules").asText().equalsIgnoreCase("all-linear");
    List<String> linear = new ArrayList<>();
    for (Map.Entry<String, JsonNode> module : model.get("modules").properties()) {
      String kind = module.getValue().textValue();
      if (kind.equals("Linear") || byName && kind.equals("Embedding")) {
        linear.add(module.getKey());
      }
    }
    // Where nothing is named PEFT chooses by the model's type, which is not done here.
    if (one.has("error") || one.path("target_modules").isNull()) {
      var e =
          assertThrows(
              RuntimeException.class, () -> TargetModules.select(config(one, model), linear));
      assertTrue(
          e instanceof CheckpointException || e instanceof IllegalArgumentException, e.toString());
      return;
    }
    List<String> expected = new ArrayList<>();
    one.get("selected").forEach(name -> expected.add(name.textValue()));
    List<String> selected = TargetModules.select(config(one, model), linear);
    assertEquals(expected.stream().sorted().toList(), selected.stream().sorted().toList());
  }

  private static LoraConfig config(JsonNode one, JsonNode model) {
    ObjectNode fields = one.deepCopy();
    fields.remove(List.of("model", "selected", "error", "message"));
    fields.put("peft_type", "LORA");
    fields.set("task_type", model.get("task_type"));
    if (model.get("task_type").asText().equals(LoraConfig.SEQ_CLS)) {
      // PEFT adds the heads to what is saved when it wraps a classifier.
      ArrayNode saved = JSON.createArrayNode();
      one.path("modules_to_save").forEach(saved::add);
      fields.set("modules_to_save", saved.add("classifier").add("score"));
    }
    return LoraConfigJson.parse("case", fields.toString());
  }
}
