package io.github.lora4j.models.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HubModelTest {

  @ParameterizedTest
  @CsvSource({
    "a/b, a/b, main,",
    "Org-1/some_model.v2, Org-1/some_model.v2, main,",
    "a/b@refs/pr/1, a/b, refs/pr/1,",
    "a/b:Q4/m.gguf, a/b, main, Q4/m.gguf",
    "a/b@v1:m.gguf, a/b, v1, m.gguf"
  })
  void parses(String text, String id, String revision, String file) {
    HubModel model = HubModel.parse(text).orElseThrow();
    assertEquals(new HubModel(id, revision, Optional.ofNullable(file)), model);
    assertEquals(text, model.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gpt2",
        "a/b/c",
        "./a",
        "../a",
        "a/..",
        "/a/b",
        "a/b.",
        "-a/b",
        "a--b/c",
        "a/b.git",
        "a/b@",
        "a/b:",
        "a/b:m.safetensors",
        "a/b:../m.gguf",
        "a/b@../x",
        "a b/c",
        "a\\b",
        "a/b:/m.gguf"
      })
  void refuses(String text) {
    assertEquals(Optional.empty(), HubModel.parse(text));
  }

  @Test
  void environment(@TempDir Path home) throws IOException {
    Path huggingface = home.resolve(".cache/huggingface");
    assertEquals(
        new HubEnvironment(
            URI.create("https://huggingface.co"),
            huggingface.resolve("hub"),
            false,
            Optional.empty()),
        HubEnvironment.of(Map.of(), home));

    Files.createDirectories(huggingface);
    Files.writeString(huggingface.resolve("token"), "hf_file\n");
    assertEquals(Optional.of("hf_file"), HubEnvironment.of(Map.of(), home).token());
    assertEquals(
        Optional.of("hf_variable"),
        HubEnvironment.of(Map.of("HF_TOKEN", "hf_variable"), home).token());
    Files.writeString(home.resolve("mine"), "hf_mine");
    assertEquals(
        Optional.of("hf_mine"),
        HubEnvironment.of(Map.of("HF_TOKEN_PATH", "~/mine", "HF_TOKEN", ""), home).token());

    HubEnvironment other =
        HubEnvironment.of(
            Map.of(
                "HF_ENDPOINT", "http://mirror:81/",
                "HF_HOME", home.resolve("hf").toString(),
                "HF_HUB_OFFLINE", "yes"),
            home);
    assertEquals(
        new HubEnvironment(
            URI.create("http://mirror:81"), home.resolve("hf/hub"), true, Optional.empty()),
        other);
    assertEquals(
        home.resolve("cache"),
        HubEnvironment.of(Map.of("HF_HUB_CACHE", "~/cache", "HF_HOME", "/x"), home).cache());
    assertEquals(
        home.resolve("xdg/huggingface/hub"),
        HubEnvironment.of(Map.of("XDG_CACHE_HOME", home.resolve("xdg").toString()), home).cache());
    assertEquals(
        "HF_ENDPOINT is 'mirror', must be an address as https://huggingface.co",
        assertThrows(
                IllegalArgumentException.class,
                () -> HubEnvironment.of(Map.of("HF_ENDPOINT", "mirror"), home))
            .getMessage());
  }
}
