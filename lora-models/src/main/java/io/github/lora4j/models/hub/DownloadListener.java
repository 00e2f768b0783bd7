package io.github.lora4j.models.hub;

/** Is told how a download goes, on the thread that downloads. */
public interface DownloadListener {
  /** One that ignores everything. */
  DownloadListener NONE = new DownloadListener() {};

  /**
   * A download begins; not called if everything is in the cache.
   *
   * @param files that are fetched
   * @param bytes of them all
   */
  default void onStart(HubModel model, int files, long bytes) {}

  /**
   * Bytes of a file are on disk; the first call is with what an earlier download left.
   *
   * @param done bytes, may fall when a server does not resume
   * @param size bytes of the whole file
   */
  default void onProgress(String file, long done, long size) {}

  /** A file is complete and its checksum is right. */
  default void onFile(String file, long size) {}

  /** A connection failed and is tried again. */
  default void onRetry(String file, String problem) {}

  /** All files are in the cache, or the download failed. */
  default void onEnd() {}
}
