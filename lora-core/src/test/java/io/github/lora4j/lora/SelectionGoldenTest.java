package io.github.lora4j.lora;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.lora4j.checkpoint.GoldenFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Against what PEFT's own functions select. */
class SelectionGoldenTest {

  private final JsonNode golden;
  private final List<String> names = new ArrayList<>();

  SelectionGoldenTest() throws IOException {
    golden = new ObjectMapper().readTree(GoldenFiles.path("selection.json").toFile());
    golden.get("names").forEach(name -> names.add(name.textValue()));
  }

  @Test
  void selectsWhatPeftSelects() {
    int some = 0;
    for (JsonNode one : golden.get("cases")) {
      LoraConfig config = parse((ObjectNode) one.get("config"));
      List<String> expected = new ArrayList<>();
      one.get("selected").forEach(name -> expected.add(name.textValue()));
      List<String> selected =
          names.stream().filter(name -> TargetModules.matches(config, name)).toList();
      assertEquals(expected, selected, one.get("config").toString());
      if (!expected.isEmpty()) {
        some++;
        assertEquals(expected, TargetModules.select(config, names), one.get("config").toString());
      }
    }
    assertTrue(some > 15);
  }

  @Test
  void findsTheRanksThatPeftFinds() {
    for (JsonNode one : golden.get("patterns")) {
      ObjectNode fields = new ObjectMapper().createObjectNode().put("r", 1);
      LoraConfig config = parse(fields.set("rank_pattern", one.get("rank_pattern")));
      for (int i = 0; i < names.size(); i++) {
        assertEquals(
            one.get("ranks").get(i).intValue(),
            config.rank(names.get(i)),
            config.rankPattern() + " for " + names.get(i));
      }
    }
  }

  private static LoraConfig parse(ObjectNode fields) {
    return LoraConfigJson.parse("golden", fields.put("peft_type", "LORA").toString());
  }
}
