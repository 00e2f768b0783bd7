package io.github.lora4j.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StagedFilesTest {

  private static final List<String> NAMES = List.of("a", "b", "c");

  @TempDir Path folder;

  @Test
  void replacesTheGroupAndNothingElse() throws IOException {
    write(Map.of("a", "1", "b", "1", "c", "1", "other", "1"), folder);
    StagedFiles.replace(folder, NAMES, staging -> write(Map.of("b", "2", "c", "2"), staging));
    assertEquals(Map.of("b", "2", "c", "2", "other", "1"), read());
  }

  @Test
  void failureWhileWritingLeavesTheOldGroup() throws IOException {
    Map<String, String> old = Map.of("a", "1", "b", "1", "c", "1");
    write(old, folder);
    assertThrows(
        IOException.class,
        () ->
            StagedFiles.replace(
                folder,
                NAMES,
                staging -> {
                  write(Map.of("a", "2", "b", "2"), staging);
                  throw new IOException("No space left on device");
                }));
    assertEquals(old, read());
  }

  @Test
  void failureWhileMovingPutsTheOldGroupBack() throws IOException {
    Map<String, String> old = Map.of("b", "1", "c", "1");
    write(old, folder);
    // There is no folder "sub" to move into, which shows only after "a" has moved.
    assertThrows(
        IOException.class,
        () ->
            StagedFiles.replace(
                folder,
                List.of("a", "b", "sub/x", "c"),
                staging -> {
                  Files.createDirectory(staging.resolve("sub"));
                  write(Map.of("a", "2", "b", "2", "sub/x", "2", "c", "2"), staging);
                }));
    assertEquals(old, read());
  }

  private static void write(Map<String, String> files, Path to) throws IOException {
    for (var file : files.entrySet()) {
      Files.writeString(to.resolve(file.getKey()), file.getValue());
    }
  }

  private Map<String, String> read() throws IOException {
    Map<String, String> files = new TreeMap<>();
    for (String name : folder.toFile().list()) {
      files.put(name, Files.readString(folder.resolve(name)));
    }
    return files;
  }
}
