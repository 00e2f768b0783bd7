package io.github.lora4j.adapter;

import io.github.lora4j.lora.LoraConfigJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;

/**
 * What a file system says of an adapter's files: equal stamps mean that nobody wrote them
 * meanwhile. The files themselves are not read. Immutable.
 */
record AdapterStamp(List<FileStamp> files) {

  /** One file; {@code key} is what the file system calls it, or null. */
  record FileStamp(String name, long size, FileTime modified, Object key) {}

  private static final List<String> NAMES =
      List.of(
          LoraConfigJson.FILE_NAME, PeftAdapterFiles.WEIGHTS_FILE_NAME, AdapterInfoJson.FILE_NAME);

  /** The stamp of a directory, or a file, as it is now; files that are missing are left out. */
  static AdapterStamp of(Path path) throws IOException {
    List<FileStamp> files = new ArrayList<>();
    if (Files.isRegularFile(path)) {
      files.add(stamp(path));
      return new AdapterStamp(List.copyOf(files));
    }
    for (String name : NAMES) {
      try {
        files.add(stamp(path.resolve(name)));
      } catch (NoSuchFileException e) {
        // Not there, and so not in the stamp.
      }
    }
    return new AdapterStamp(List.copyOf(files));
  }

  private static FileStamp stamp(Path file) throws IOException {
    var found = Files.readAttributes(file, BasicFileAttributes.class);
    String name = file.getFileName().toString();
    return new FileStamp(name, found.size(), found.lastModifiedTime(), found.fileKey());
  }

  /** Whether both files that PEFT needs are there and not empty. */
  boolean complete() {
    return has(LoraConfigJson.FILE_NAME) && has(PeftAdapterFiles.WEIGHTS_FILE_NAME);
  }

  private boolean has(String name) {
    return files.stream().anyMatch(file -> file.name().equals(name) && file.size() > 0);
  }
}
