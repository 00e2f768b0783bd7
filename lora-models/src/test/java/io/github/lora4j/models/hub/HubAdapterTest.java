package io.github.lora4j.models.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.adapter.AdapterInfo;
import io.github.lora4j.adapter.AdapterRegistry;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.LoraWeights;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.lora.LoraConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters from a hub, through a registry. */
class HubAdapterTest {
  private static final HubModel ADAPTER = HubModel.parse(FakeHub.ID).orElseThrow();
  private static final Patience SHORT =
      new Patience(3, Duration.ofMillis(1), Duration.ofSeconds(5));

  @TempDir Path cache;
  @TempDir Path local;
  private FakeHub hub;
  private final AdapterRegistry<LoraAdapter> registry = AdapterRegistry.unbound();

  private static LoraAdapter adapter(String name, float value) {
    float[] values = {value, value, value, value};
    return new LoraAdapter(
        name,
        LoraConfig.builder().r(2).loraAlpha(2).targetModules("q").build(),
        Map.of("x.q", new LoraWeights(2, 2, 2, values, values, 1)),
        Map.of(),
        new AdapterInfo(List.of("no", "yes"), null, null, Map.of()));
  }

  @BeforeEach
  void start() throws IOException {
    hub = new FakeHub();
    publish(1);
    hub.with("README.md", "about").with("tokenizer.json", "{}").with("optimizer.pt", "state");
  }

  private void publish(float value) throws IOException {
    PeftAdapterFiles.save(adapter("x", value), local);
    for (String name : List.of("adapter_config.json", "adapter_model.safetensors", "lora4j.json")) {
      hub.with(name, Files.readAllBytes(local.resolve(name)));
    }
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  private HubDownloader downloader() {
    return downloader(hub.environment(cache));
  }

  private static HubDownloader downloader(HubEnvironment environment) {
    return new HubDownloader(environment, DownloadListener.NONE, SHORT);
  }

  private String message() {
    return assertThrows(HubException.class, () -> downloader().fetchAdapter(ADAPTER)).getMessage();
  }

  private static Set<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
    }
  }

  @Test
  void aRegistryServesIt() throws IOException {
    Path folder = downloader().fetchAdapter(ADAPTER);
    assertEquals(adapter("sentiment", 1), registry.load("sentiment", folder).form());
    assertEquals(
        Set.of("adapter_config.json", "adapter_model.safetensors", "lora4j.json"), names(folder));
    for (String other : List.of("README", "tokenizer", "optimizer")) {
      assertEquals(List.of(), hub.requests(other));
    }
  }

  @Test
  void aRevisionReplacesIt() {
    registry.load("a", downloader().fetchAdapter(ADAPTER));
    HubModel tagged = HubModel.parse(FakeHub.ID + "@v1/x").orElseThrow();
    registry.replace("a", downloader().fetchAdapter(tagged));
    assertEquals(1, hub.requests("/revision/v1%2Fx").size());
    registry.rollBack("a");
    assertEquals(adapter("a", 1), registry.get("a").form());
  }

  @Test
  void aCommitInTheCacheIsNotLookedUp() {
    Path folder = downloader().fetchAdapter(ADAPTER);
    hub.requests.clear();
    HubModel commit = HubModel.parse(FakeHub.ID + "@" + FakeHub.COMMIT).orElseThrow();
    assertEquals(folder, downloader().fetchAdapter(commit));
    assertEquals(List.of(), hub.requests);
  }

  @Test
  void offlineTheCacheIsEnough() throws IOException {
    HubEnvironment offline = new HubEnvironment(hub.endpoint(), cache, true, Optional.empty());
    var none = assertThrows(HubException.class, () -> downloader(offline).fetchAdapter(ADAPTER));
    assertTrue(none.getMessage().contains("it is not in the cache"), none.getMessage());
    Path folder = downloader().fetchAdapter(ADAPTER);
    hub.requests.clear();
    assertEquals(folder, downloader(offline).fetchAdapter(ADAPTER));
    Files.delete(folder.resolve("adapter_model.safetensors"));
    var part = assertThrows(HubException.class, () -> downloader(offline).fetchAdapter(ADAPTER));
    assertEquals(
        "acme/tiny: HF_HUB_OFFLINE is set, and the cache lacks adapter_model.safetensors of it",
        part.getMessage());
    assertEquals(List.of(), hub.requests);
  }

  @Test
  void aRepositoryWithoutAnAdapterIsRefused() throws IOException {
    try (FakeHub other = new FakeHub().withCheckpoint(10)) {
      var e =
          assertThrows(
              HubException.class, () -> downloader(other.environment(cache)).fetchAdapter(ADAPTER));
      assertEquals("acme/tiny: it is no adapter: it has no adapter_config.json", e.getMessage());
      other.with("adapter_config.json", "{}");
      e =
          assertThrows(
              HubException.class, () -> downloader(other.environment(cache)).fetchAdapter(ADAPTER));
      assertEquals(
          "acme/tiny: it has neither adapter_model.safetensors nor adapter_model.bin",
          e.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"../adapter_config.json", "/etc/x", "a\\x", "checkpoint/../../x"})
  void namesThatLeadElsewhereAreRefused(String name) throws IOException {
    hub.listed.add(name);
    assertEquals(
        "acme/tiny: its list of files has '" + name + "', which is no file name", message());
    assertEquals(Set.of(), names(cache));
  }

  @Test
  void aDamagedOneLeavesTheOldOneServing() throws IOException {
    registry.load("a", downloader().fetchAdapter(ADAPTER));
    byte[] weights = hub.content("adapter_model.safetensors");
    try (FakeHub damaged = new FakeHub()) {
      damaged.with("adapter_config.json", hub.content("adapter_config.json"));
      damaged.with("adapter_model.safetensors", Arrays.copyOf(weights, weights.length - 4));
      Path folder = downloader(damaged.environment(cache.resolve("other"))).fetchAdapter(ADAPTER);
      var e = assertThrows(CheckpointException.class, () -> registry.replace("a", folder));
      assertTrue(e.getMessage().contains("adapter_model.safetensors"), e.getMessage());
    }
    assertEquals(adapter("a", 1), registry.get("a").form());
  }
}
