package io.github.lora4j.models.hub;

import io.github.lora4j.checkpoint.AtomicFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The files of one model in the cache layout of huggingface_hub: contents under {@code blobs} by
 * their checksums, commits of branches and tags under {@code refs}, and for each commit a folder
 * under {@code snapshots} with links to the blobs. Safe for several threads and processes.
 *
 * @param folder {@code models--owner--name}
 * @param locks where the lock files of its blobs are
 */
record HubCache(Path folder, Path locks) {
  private static final String SNAPSHOTS = "snapshots";

  /** That of a model. */
  static HubCache of(Path cache, HubModel model) {
    String name = "models--" + model.id().replace("/", "--");
    return new HubCache(cache.resolve(name), cache.resolve(".locks").resolve(name));
  }

  /** The commit that a revision meant when it was last looked up. */
  Optional<String> commit(HubModel model) throws IOException {
    if (model.isCommit()) {
      return Optional.of(model.revision());
    }
    try {
      String commit = Files.readString(ref(model)).strip();
      return Optional.of(commit).filter(HubModel::isCommit);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Notes which commit a branch or tag means. */
  void writeCommit(HubModel model, String commit) throws IOException {
    if (!model.isCommit() && !commit(model).equals(Optional.of(commit))) {
      Files.createDirectories(ref(model).getParent());
      AtomicFile.write(ref(model), commit.getBytes(StandardCharsets.US_ASCII));
    }
  }

  private Path ref(HubModel model) {
    return RemotePath.below(folder.resolve("refs"), model.revision());
  }

  Path snapshot(String commit) {
    return folder.resolve(SNAPSHOTS).resolve(commit);
  }

  Path file(String commit, String file) {
    return RemotePath.below(snapshot(commit), file);
  }

  boolean has(String commit, String file) {
    return Files.exists(file(commit, file));
  }

  /** True if it is known that a commit has no such file. */
  boolean isKnownToLack(String commit, String file) {
    return Files.exists(missing(commit, file));
  }

  /** Notes that a commit has no such file. */
  void writeMissing(String commit, String file) throws IOException {
    Path marker = missing(commit, file);
    Files.createDirectories(marker.getParent());
    try {
      Files.createFile(marker);
    } catch (FileAlreadyExistsException e) {
      // Noted already.
    }
  }

  private Path missing(String commit, String file) {
    return RemotePath.below(folder.resolve(".no_exist").resolve(commit), file);
  }

  Path blob(String etag) {
    return folder.resolve("blobs").resolve(etag);
  }

  Path incomplete(String etag) {
    return folder.resolve("blobs").resolve(etag + ".incomplete");
  }

  Path lock(String etag) {
    return locks.resolve(etag + ".lock");
  }

  /** Puts a blob into the snapshot of a commit, as a link or else as a copy. */
  void link(String etag, String commit, String file) throws IOException {
    Path pointer = file(commit, file);
    Files.createDirectories(pointer.getParent());
    if (Files.exists(pointer)) {
      return;
    }
    // A link to a blob that is gone: exists() follows it.
    Files.deleteIfExists(pointer);
    try {
      Files.createSymbolicLink(pointer, pointer.getParent().relativize(blob(etag)));
    } catch (FileAlreadyExistsException e) {
      // Another process was faster.
    } catch (IOException | UnsupportedOperationException | SecurityException e) {
      AtomicFile.write(
          pointer,
          channel -> {
            try (FileChannel blob = FileChannel.open(blob(etag))) {
              long size = blob.size();
              for (long at = 0; at < size; ) {
                at += blob.transferTo(at, size - at, channel);
              }
            }
          });
    }
  }
}
