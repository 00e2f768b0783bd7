package io.github.lora4j.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class AdapterDirectoryWatcherTest {

  private static final Duration OFTEN = Duration.ofMillis(20);
  private static final String CONFIG = "adapter_config.json";

  @TempDir Path root;
  @TempDir Path elsewhere;

  private final AdapterRegistry<LoraAdapter> registry = AdapterRegistry.unbound();
  private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
  private AdapterDirectoryWatcher watcher;

  private final AdapterWatchListener listener =
      new AdapterWatchListener() {
        @Override
        public void served(String name, long version) {
          events.add("served " + name);
          throw new IllegalStateException("of a listener");
        }

        @Override
        public void skipped(String name, Path directory, RuntimeException reason) {
          events.add("skipped " + name + ": " + reason.getMessage());
        }
      };

  @AfterEach
  void close() {
    if (watcher != null) {
      watcher.close();
    }
  }

  private void start() {
    watcher = AdapterDirectoryWatcher.start(registry, root, OFTEN, listener);
  }

  private Path save(String name, float value) {
    Path folder = root.resolve(name);
    PeftAdapterFiles.save(TestAdapters.filled(name, value), folder);
    return folder;
  }

  private String event() throws InterruptedException {
    String event = events.poll(60, TimeUnit.SECONDS);
    assertTrue(event != null, "nothing happened");
    return event;
  }

  private void assertServes(String name, float value) {
    assertEquals(TestAdapters.filled(name, value), registry.get(name).form());
  }

  @Test
  void whatIsThereAndWhatComesLaterIsServed() throws Exception {
    save("a", 1);
    Files.writeString(root.resolve("notes.txt"), "no adapter");
    Files.createDirectory(root.resolve("empty"));
    start();
    assertServes("a", 1);
    assertEquals("served a", event());
    save("b", 2);
    assertEquals("served b", event());
    assertServes("b", 2);
    save("a", 3);
    assertEquals("served a", event());
    assertServes("a", 3);
    registry.rollBack("a");
    assertServes("a", 1);
    save(".hidden", 4);
    save("c", 4);
    assertEquals("served c", event());
    assertEquals(List.of("a", "b", "c"), registry.names());
  }

  @Test
  void aDamagedOneIsReportedOnceAndTheOldOneStays() throws Exception {
    Path folder = save("a", 1);
    start();
    assertEquals("served a", event());
    Path weights = folder.resolve(PeftAdapterFiles.WEIGHTS_FILE_NAME);
    byte[] whole = Files.readAllBytes(weights);
    Files.write(weights, Arrays.copyOf(whole, whole.length / 2));
    String skipped = event();
    assertTrue(skipped.startsWith("skipped a: " + weights), skipped);
    assertServes("a", 1);
    assertNull(events.poll(200, TimeUnit.MILLISECONDS), "it is reported once");
    save("b", 2);
    assertEquals("served b", event());
    save("a", 5);
    assertEquals("served a", event());
    assertServes("a", 5);
  }

  @Test
  void aFolderCountsOnceItIsWhole() throws Exception {
    start();
    PeftAdapterFiles.save(TestAdapters.filled("slow", 7), elsewhere);
    Path folder = Files.createDirectory(root.resolve("slow"));
    Files.copy(elsewhere.resolve(CONFIG), folder.resolve(CONFIG));
    byte[] weights = Files.readAllBytes(elsewhere.resolve(PeftAdapterFiles.WEIGHTS_FILE_NAME));
    Thread.sleep(100);
    assertEquals(List.of(), registry.names());
    Path target = folder.resolve(PeftAdapterFiles.WEIGHTS_FILE_NAME);
    Files.write(target, Arrays.copyOf(weights, 100));
    Files.write(
        target, Arrays.copyOfRange(weights, 100, weights.length), StandardOpenOption.APPEND);
    // A slow writer may be seen half way; it is served in the end all the same.
    String event = event();
    while (event.startsWith("skipped")) {
      event = event();
    }
    assertEquals("served slow", event);
    assertEquals(TestAdapters.filled("slow", 7).weights(), registry.get("slow").form().weights());
  }

  @Test
  void whatWasUnloadedStaysAwayUntilItsFilesChange() throws Exception {
    save("a", 1);
    start();
    assertEquals("served a", event());
    registry.unload("a");
    assertNull(events.poll(200, TimeUnit.MILLISECONDS));
    save("a", 2);
    assertEquals("served a", event());
    assertServes("a", 2);
  }

  @Test
  void anAliasOfTheNameOfAFolderIsReported() throws Exception {
    registry.register(TestAdapters.filled("a-v1", 1));
    registry.activate("a", "a-v1");
    save("a", 2);
    start();
    assertEquals("skipped a: 'a' is an alias of adapter 'a-v1', not an adapter", event());
    assertEquals(TestAdapters.filled("a-v1", 1), registry.get("a").form());
  }

  @Test
  void wrongArguments() throws IOException {
    Path file = Files.writeString(root.resolve("file"), "");
    assertThrows(
        IllegalArgumentException.class, () -> AdapterDirectoryWatcher.start(registry, file));
    assertThrows(
        IllegalArgumentException.class,
        () -> AdapterDirectoryWatcher.start(registry, root, Duration.ZERO, listener));
  }
}
