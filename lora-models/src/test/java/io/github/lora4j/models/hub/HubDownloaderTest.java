package io.github.lora4j.models.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HubDownloaderTest {
  private static final int WEIGHTS = 3_000_000;
  private static final HubModel MODEL = HubModel.parse(FakeHub.ID).orElseThrow();
  private static final Patience SHORT =
      new Patience(3, Duration.ofMillis(1), Duration.ofSeconds(5));

  @TempDir Path cache;
  private FakeHub hub;

  @BeforeEach
  void start() throws IOException {
    hub = new FakeHub().withCheckpoint(WEIGHTS);
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

  private Path fetch() {
    return downloader().fetch(MODEL);
  }

  private static String message(HubDownloader downloader, String model) {
    return assertThrows(
            HubException.class, () -> downloader.fetch(HubModel.parse(model).orElseThrow()))
        .getMessage();
  }

  private Path folder() {
    return cache.resolve("models--acme--tiny");
  }

  private Path blob(String name) {
    return folder().resolve("blobs").resolve(hub.etag(name));
  }

  private Path partial(String name) {
    return folder().resolve("blobs").resolve(hub.etag(name) + ".incomplete");
  }

  private static Set<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
    }
  }

  private void assertWeights(Path snapshot) throws IOException {
    assertArrayEquals(
        hub.content("model.safetensors"),
        Files.readAllBytes(snapshot.resolve("model.safetensors")));
  }

  @Test
  void bringsWhatIsNeededIntoTheSharedLayout() throws IOException {
    Path snapshot = fetch();
    assertEquals(folder().resolve("snapshots").resolve(FakeHub.COMMIT), snapshot);
    assertEquals(
        Set.of("config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"),
        names(snapshot));
    for (String name : names(snapshot)) {
      assertEquals(
          Path.of("..", "..", "blobs", hub.etag(name)),
          Files.readSymbolicLink(snapshot.resolve(name)));
      assertArrayEquals(hub.content(name), Files.readAllBytes(snapshot.resolve(name)));
    }
    assertEquals(4, names(folder().resolve("blobs")).size());
    assertEquals(FakeHub.COMMIT, Files.readString(folder().resolve("refs/main")));
    assertEquals(
        Set.of(
            "generation_config.json",
            "special_tokens_map.json",
            "chat_template.jinja",
            "chat_template.json"),
        names(folder().resolve(".no_exist").resolve(FakeHub.COMMIT)));
    assertEquals(List.of(), hub.requests("README"));
  }

  @Test
  void whatIsInTheCacheIsNotFetchedAgain() {
    fetch();
    hub.requests.clear();
    Path again = fetch();
    assertEquals(1, hub.requests.size(), "which commit main is: " + hub.requests);
    hub.requests.clear();
    HubModel commit = HubModel.parse(FakeHub.ID + "@" + FakeHub.COMMIT).orElseThrow();
    assertEquals(again, downloader().fetch(commit));
    assertEquals(List.of(), hub.requests);
  }

  @Test
  void aCommitWithUnknownFilesIsLookedUp() throws IOException {
    fetch();
    Files.delete(
        folder().resolve(".no_exist").resolve(FakeHub.COMMIT).resolve("chat_template.jinja"));
    hub.requests.clear();
    downloader().fetch(HubModel.parse(FakeHub.ID + "@" + FakeHub.COMMIT).orElseThrow());
    assertEquals(1, hub.requests.size());
  }

  @Test
  void aBranchWithASlashIsARefInAFolder() throws IOException {
    downloader().fetch(HubModel.parse(FakeHub.ID + "@v1/x").orElseThrow());
    assertEquals(FakeHub.COMMIT, Files.readString(folder().resolve("refs/v1/x")));
    assertEquals(1, hub.requests("/revision/v1%2Fx").size());
  }

  @Test
  void shardsAreThoseOfTheIndex() throws IOException {
    try (FakeHub sharded = new FakeHub()) {
      sharded
          .with("config.json", "{}")
          .with("tokenizer.json", "{}")
          .with(
              "model.safetensors.index.json",
              "{\"weight_map\": {\"a\": \"model-1.safetensors\", \"b\": \"model-2.safetensors\"}}")
          .with("model-1.safetensors", "one")
          .with("model-2.safetensors", "two")
          .with("consolidated.safetensors", "the same once more");
      Path snapshot = downloader(sharded.environment(cache)).fetch(MODEL);
      assertEquals(
          Set.of(
              "config.json",
              "tokenizer.json",
              "model.safetensors.index.json",
              "model-1.safetensors",
              "model-2.safetensors"),
          names(snapshot));
      Files.delete(snapshot.resolve("model-2.safetensors"));
      HubEnvironment offline =
          new HubEnvironment(sharded.endpoint(), cache, true, Optional.empty());
      assertEquals(
          "acme/tiny: HF_HUB_OFFLINE is set, and the cache lacks model-2.safetensors of it",
          message(downloader(offline), FakeHub.ID));
    }
  }

  @Test
  void oneGgufFile() throws IOException {
    hub.with("Q4/tiny.gguf", "GGUF content").with("other.gguf", "x");
    Path file = downloader().fetch(HubModel.parse(FakeHub.ID + ":Q4/tiny.gguf").orElseThrow());
    assertEquals("GGUF content", Files.readString(file));
    assertEquals(Set.of("Q4"), names(file.getParent().getParent()));
    assertEquals(
        "acme/tiny:no.gguf: it has no such file; its GGUF files are Q4/tiny.gguf, other.gguf",
        message(downloader(), FakeHub.ID + ":no.gguf"));
  }

  @Test
  void goesOnWhereAnEarlierDownloadEnded() throws IOException {
    byte[] content = hub.content("model.safetensors");
    Files.createDirectories(partial("model.safetensors").getParent());
    Files.write(partial("model.safetensors"), Arrays.copyOf(content, 1_000_000));
    assertWeights(fetch());
    assertEquals(
        List.of("storage GET /model.safetensors?signature=x range=bytes=1000000- token=null"),
        hub.requests("storage"));
    assertFalse(Files.exists(partial("model.safetensors")));
  }

  @Test
  void aServerThatDoesNotResumeSendsAllOfIt() throws IOException {
    hub.ignoresRanges = true;
    Files.createDirectories(partial("model.safetensors").getParent());
    Files.write(partial("model.safetensors"), new byte[1_000_000]);
    assertWeights(fetch());
  }

  @ParameterizedTest
  @ValueSource(ints = {WEIGHTS, WEIGHTS + 1})
  void aPartialFileThatIsWholeOrTooLong(int length) throws IOException {
    byte[] content = hub.content("model.safetensors");
    Files.createDirectories(partial("model.safetensors").getParent());
    Files.write(partial("model.safetensors"), Arrays.copyOf(content, length));
    assertWeights(fetch());
    assertEquals(length == WEIGHTS ? 0 : 1, hub.requests("storage").size());
  }

  @Test
  void aDroppedConnectionIsTakenUpAgain() throws IOException {
    // More often than attempts may fail in a row: each brings new bytes.
    hub.drops.set(5);
    List<String> retries = new ArrayList<>();
    DownloadListener listener =
        new DownloadListener() {
          @Override
          public void onRetry(String file, String problem) {
            retries.add(file);
          }
        };
    // The first answers are small files, which are dropped as well.
    assertWeights(new HubDownloader(hub.environment(cache), listener, SHORT).fetch(MODEL));
    assertEquals(5, retries.size());
    assertTrue(hub.requests("range=bytes=").size() >= 3, hub.requests.toString());
  }

  @Test
  void aConnectionThatFailsAgainAndAgainIsAnError() {
    hub.busy.set(1000);
    String message = message(downloader(), FakeHub.ID);
    assertTrue(
        message.endsWith(
            "cannot be reached (127.0.0.1 answers HTTP 503), and it is not in the cache " + cache),
        message);
    assertEquals(3, hub.requests.size());
    hub.busy.set(2);
    fetch();
  }

  @Test
  void silenceIsAFailure() {
    hub.hangs = true;
    Patience impatient = new Patience(3, Duration.ofMillis(1), Duration.ofMillis(500));
    HubDownloader downloader =
        new HubDownloader(hub.environment(cache), DownloadListener.NONE, impatient);
    String message = message(downloader, FakeHub.ID);
    assertTrue(message.contains("127.0.0.1 sent nothing for"), message);
  }

  @Test
  void anInterruptEndsIt() throws InterruptedException {
    hub.hangs = true;
    List<String> messages = new CopyOnWriteArrayList<>();
    Thread thread =
        new Thread(
            () -> {
              messages.add(message(downloader(), FakeHub.ID));
              messages.add("interrupted: " + Thread.currentThread().isInterrupted());
            });
    thread.start();
    while (hub.requests.isEmpty()) {
      Thread.sleep(1);
    }
    thread.interrupt();
    thread.join();
    assertTrue(messages.get(0).contains("cannot be reached (interrupted)"), messages.toString());
    assertEquals("interrupted: true", messages.get(1));
  }

  @Test
  void aWrongChecksumIsAnErrorAndThePartIsDeleted() throws IOException {
    for (String name : List.of("model.safetensors", "tokenizer.json")) {
      hub.corrupt.put(name, true);
      String message = message(downloader(), FakeHub.ID);
      assertTrue(
          message.startsWith("acme/tiny: " + name + ": what the server sent has checksum "),
          message);
      assertTrue(message.endsWith(", not " + hub.etag(name) + "; it is deleted"), message);
      assertFalse(Files.exists(partial(name)));
      assertFalse(Files.exists(blob(name)));
      hub.corrupt.clear();
      assertWeights(fetch());
      Files.delete(blob("tokenizer.json"));
    }
  }

  @Test
  void theTokenGoesToTheHubOnly() throws IOException {
    hub.requiredToken = FakeHub.TOKEN;
    HubEnvironment environment =
        new HubEnvironment(hub.endpoint(), cache, false, Optional.of(FakeHub.TOKEN));
    assertWeights(downloader(environment).fetch(MODEL));
    assertEquals(1, hub.requests("storage").size());
    assertTrue(hub.requests("storage").get(0).endsWith(" token=null"));
    assertTrue(
        hub.requests("hub").stream().allMatch(r -> r.endsWith(" token=Bearer " + FakeHub.TOKEN)));
    assertFalse(environment.toString().contains(FakeHub.TOKEN));
  }

  @Test
  void refusalsSayWhatToDo() {
    hub.requiredToken = FakeHub.TOKEN;
    assertEquals(
        "acme/tiny: there is no such model, or it is private and needs a token: set HF_TOKEN"
            + " (HTTP 401)",
        message(downloader(), FakeHub.ID));
    HubEnvironment wrong =
        new HubEnvironment(hub.endpoint(), cache, false, Optional.of("hf_wrong"));
    assertEquals(
        "acme/tiny: there is no such model, or the token gives no access to it (HTTP 401)",
        message(downloader(wrong), FakeHub.ID));
    hub.gated = true;
    assertEquals(
        "acme/tiny: it is gated: accept its terms at "
            + hub.endpoint()
            + "/acme/tiny and set HF_TOKEN to a token of yours",
        message(downloader(), FakeHub.ID));
    assertEquals(
        "acme/tiny: the token gives no access to it (HTTP 401): ask for it at "
            + hub.endpoint()
            + "/acme/tiny",
        message(downloader(wrong), FakeHub.ID));
    hub.requiredToken = null;
    assertEquals(
        "acme/none: there is no such model at " + hub.endpoint() + " (HTTP 404)",
        message(downloader(), "acme/none"));
    assertEquals(
        "acme/tiny@v9: it has no revision 'v9'", message(downloader(), FakeHub.ID + "@v9"));
  }

  @Test
  void aRepositoryWithoutACheckpointIsRefusedBeforeAnythingIsFetched() throws IOException {
    try (FakeHub other = new FakeHub().with("config.json", "{}").with("x.gguf", "x")) {
      assertEquals(
          "acme/tiny: it has neither model.safetensors nor model.safetensors.index.json; its GGUF"
              + " files are x.gguf",
          message(downloader(other.environment(cache)), FakeHub.ID));
      other.with("model.safetensors", "x");
      assertEquals(
          "acme/tiny: it has no tokenizer.json",
          message(downloader(other.environment(cache)), FakeHub.ID));
    }
  }

  @Test
  void offlineNothingIsAsked() throws IOException {
    HubEnvironment offline = new HubEnvironment(hub.endpoint(), cache, true, Optional.empty());
    assertEquals(
        "acme/tiny: HF_HUB_OFFLINE is set, and it is not in the cache " + cache,
        message(downloader(offline), FakeHub.ID));
    Path snapshot = fetch();
    hub.requests.clear();
    assertEquals(snapshot, downloader(offline).fetch(MODEL));
    Files.delete(snapshot.resolve("tokenizer.json"));
    assertEquals(
        "acme/tiny: HF_HUB_OFFLINE is set, and the cache lacks tokenizer.json of it",
        message(downloader(offline), FakeHub.ID));
    assertEquals(List.of(), hub.requests);
  }

  @Test
  void aHubThatCannotBeReachedLeavesWhatIsThere() {
    Path snapshot = fetch();
    HubEnvironment gone =
        new HubEnvironment(URI.create("http://127.0.0.1:1"), cache, false, Optional.empty());
    assertEquals(snapshot, downloader(gone).fetch(MODEL));
    String message = message(downloader(gone), "acme/none");
    assertTrue(message.startsWith("acme/none: http://127.0.0.1:1 cannot be reached ("), message);
    assertTrue(message.endsWith("and it is not in the cache " + cache), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"../x", "/etc/x", "a/../../x", "a\\x", "C:x", "", "a//x", "."})
  void namesThatLeadElsewhereAreRefused(String name) throws IOException {
    hub.listed.add(name);
    assertEquals(
        "acme/tiny: its list of files has '" + name + "', which is no file name",
        message(downloader(), FakeHub.ID));
    assertEquals(Set.of(), names(cache));
  }

  @Test
  void anIndexThatLeadsElsewhereIsRefused() throws IOException {
    try (FakeHub sharded = new FakeHub()) {
      sharded
          .with("config.json", "{}")
          .with("tokenizer.json", "{}")
          .with(
              "model.safetensors.index.json",
              "{\"weight_map\": {\"a\": \"../../../evil.safetensors\"}}");
      assertEquals(
          "acme/tiny: model.safetensors.index.json names '../../../evil.safetensors', which is no"
              + " shard",
          message(downloader(sharded.environment(cache)), FakeHub.ID));
    }
  }

  @Test
  void twoAtOnceFetchEachFileOnce() throws IOException {
    // On the common pool, which may be a single thread: no answer may need a second one.
    List<CompletableFuture<Path>> both =
        Stream.of(1, 2).map(i -> CompletableFuture.supplyAsync(this::fetch)).toList();
    for (CompletableFuture<Path> one : both) {
      assertWeights(one.join());
    }
    assertEquals(1, hub.requests("storage").size());
    assertEquals(4, hub.requests("hub GET /acme").size(), hub.requests.toString());
  }

  @Test
  void aBlobOfAnotherCommitIsLinked() throws IOException {
    fetch();
    try (Stream<Path> files = Files.list(folder().resolve("snapshots/" + FakeHub.COMMIT))) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    hub.requests.clear();
    assertWeights(fetch());
    assertEquals(List.of(), hub.requests("GET /acme"));
  }

  @Test
  void theListenerHearsHowItGoes() {
    List<String> heard = new ArrayList<>();
    DownloadListener listener =
        new DownloadListener() {
          private long last;

          @Override
          public void onStart(HubModel model, int files, long bytes) {
            heard.add(model + " " + files + " files");
          }

          @Override
          public void onProgress(String file, long done, long size) {
            assertTrue(done <= size);
            last = done;
          }

          @Override
          public void onFile(String file, long size) {
            assertEquals(size, last);
            heard.add(file + " " + size);
          }

          @Override
          public void onEnd() {
            heard.add("end");
          }
        };
    HubDownloader downloader = new HubDownloader(hub.environment(cache), listener, SHORT);
    downloader.fetch(MODEL);
    downloader.fetch(MODEL);
    assertEquals(
        List.of(
            "acme/tiny 4 files",
            "config.json 22",
            "tokenizer.json 2",
            "tokenizer_config.json 8",
            "model.safetensors " + WEIGHTS,
            "end"),
        heard);
  }
}
