package io.github.lora4j.adapter;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Replaces a group of files in a directory together. They are written into a folder beside, then
 * the old ones are set aside and the new ones moved in; if a step fails the old ones come back.
 * Other files in the directory are not touched.
 */
final class StagedFiles {

  /** Writes the new files into a folder. */
  interface Content {
    void writeTo(Path folder) throws IOException;
  }

  private static final String STAGING = ".lora4j-new-";

  /** Where a save that was killed may have left the old files. */
  static final String BACKUP = ".lora4j-old-";

  private StagedFiles() {}

  /**
   * Replaces the files.
   *
   * @param directory created if it is missing
   * @param names all files of the group, old and new; the last is moved in last and out first, so
   *     that it is there only when the group is whole
   * @throws IOException if a step fails; the old files are then in place
   */
  static void replace(Path directory, List<String> names, Content content) throws IOException {
    Files.createDirectories(directory);
    Path staging = Files.createTempDirectory(directory, STAGING);
    try {
      content.writeTo(staging);
      Path backup = Files.createTempDirectory(directory, BACKUP);
      try {
        swap(directory, names, staging, backup);
      } finally {
        // After a failed roll-back the backup holds the only copy: it is deleted only when empty
        // of what should be in place.
        if (Files.exists(directory.resolve(last(names))) || isEmpty(backup)) {
          deleteFolder(backup);
        }
      }
    } finally {
      deleteFolder(staging);
    }
  }

  private static void swap(Path directory, List<String> names, Path staging, Path backup)
      throws IOException {
    List<String> outwards = new ArrayList<>(names);
    outwards.add(0, outwards.remove(outwards.size() - 1));
    try {
      moveAll(outwards, directory, backup);
    } catch (IOException | RuntimeException failure) {
      rollBack(List.of(), names, directory, backup, failure);
      throw failure;
    }
    try {
      moveAll(names, staging, directory);
    } catch (IOException | RuntimeException failure) {
      rollBack(names, names, directory, backup, failure);
      throw failure;
    }
  }

  private static void rollBack(
      List<String> newNames,
      List<String> oldNames,
      Path directory,
      Path backup,
      Exception failure) {
    try {
      for (String name : newNames) {
        Files.deleteIfExists(directory.resolve(name));
      }
      moveAll(oldNames, backup, directory);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private static void moveAll(List<String> names, Path from, Path to) throws IOException {
    for (String name : names) {
      if (Files.exists(from.resolve(name))) {
        Files.move(
            from.resolve(name),
            to.resolve(name),
            StandardCopyOption.ATOMIC_MOVE,
            StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private static String last(List<String> names) {
    return names.get(names.size() - 1);
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      return !files.iterator().hasNext();
    }
  }

  private static void deleteFolder(Path folder) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
          deleteFolder(file);
        } else {
          Files.delete(file);
        }
      }
    }
    Files.delete(folder);
  }
}
