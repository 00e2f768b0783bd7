package io.github.lora4j.models.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Brings files of one commit into the cache. */
final class SnapshotDownload {
  private final HubClient client;
  private final HubModel model;
  private final HubCache cache;
  private final String commit;
  private final DownloadListener listener;

  SnapshotDownload(
      HubClient client, HubModel model, HubCache cache, String commit, DownloadListener listener) {
    this.client = client;
    this.model = model;
    this.cache = cache;
    this.commit = commit;
    this.listener = listener;
  }

  /**
   * Fetches those of the files that the snapshot lacks.
   *
   * @throws HubException if the hub refuses, a file is damaged, or the disk is too small
   * @throws IOException if the connection fails again and again
   */
  void fetch(Collection<String> files) throws IOException {
    List<HubClient.FileInfo> wanted = new ArrayList<>();
    for (String file : files) {
      if (!cache.has(commit, file)) {
        wanted.add(client.info(model, commit, file));
      }
    }
    List<HubClient.FileInfo> absent =
        wanted.stream().filter(file -> !Files.exists(cache.blob(file.etag()))).toList();
    if (!absent.isEmpty()) {
      requireSpace(absent);
      listener.onStart(
          model, absent.size(), absent.stream().mapToLong(f -> Math.max(0, f.size())).sum());
    }
    try {
      for (HubClient.FileInfo file : wanted) {
        if (absent.contains(file)) {
          new BlobDownload(client, model, cache, commit, file, listener).run();
        }
        cache.link(file.etag(), commit, file.name());
      }
    } finally {
      if (!absent.isEmpty()) {
        listener.onEnd();
      }
    }
  }

  private void requireSpace(List<HubClient.FileInfo> files) throws IOException {
    long needed = 0;
    for (HubClient.FileInfo file : files) {
      Path partial = cache.incomplete(file.etag());
      long there = Files.exists(partial) ? Files.size(partial) : 0;
      needed += Math.max(0, file.size() - there);
    }
    Path blobs = Files.createDirectories(cache.folder().resolve("blobs"));
    long free = Files.getFileStore(blobs).getUsableSpace();
    if (needed > free) {
      throw new HubException(
          model,
          "the download takes "
              + (needed >> 20)
              + " MB, but "
              + blobs
              + " has only "
              + (free >> 20)
              + " MB left");
    }
  }
}
