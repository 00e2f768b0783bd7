package io.github.lora4j.models.hub;

import io.github.lora4j.checkpoint.AtomicFile;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Fetches one blob, goes on where an earlier attempt ended, and checks it. */
final class BlobDownload {
  private static final Pattern RANGE = Pattern.compile("bytes (\\d{1,18})-.*");

  private final HubClient client;
  private final HubModel model;
  private final HubCache cache;
  private final String commit;
  private final HubClient.FileInfo file;
  private final DownloadListener listener;
  private final Path partial;

  BlobDownload(
      HubClient client,
      HubModel model,
      HubCache cache,
      String commit,
      HubClient.FileInfo file,
      DownloadListener listener) {
    this.client = client;
    this.model = model;
    this.cache = cache;
    this.commit = commit;
    this.file = file;
    this.listener = listener;
    this.partial = cache.incomplete(file.etag());
  }

  /**
   * Brings the blob into the cache, unless another thread or process has done so meanwhile.
   *
   * @throws HubException if the hub refuses, or what it sends has another checksum
   * @throws IOException if the connection fails again and again; the part so far is kept
   */
  void run() throws IOException {
    Path blob = cache.blob(file.etag());
    Files.createDirectories(blob.getParent());
    try (BlobLock lock = BlobLock.acquire(cache.lock(file.etag()))) {
      if (Files.exists(blob)) {
        return;
      }
      if (!Files.exists(partial)) {
        Files.createFile(partial);
      }
      fetch();
      verify();
      Files.move(partial, blob, StandardCopyOption.ATOMIC_MOVE);
    }
    listener.onFile(file.name(), Files.size(blob));
  }

  private void fetch() throws IOException {
    int failures = 0;
    boolean complete = false;
    while (!complete) {
      long before = sizeOfPartial();
      listener.onProgress(file.name(), before, file.size());
      try {
        complete = file.size() >= 0 && before == file.size() || attempt(before);
      } catch (IOException e) {
        failures = sizeOfPartial() > before ? 1 : failures + 1;
        client.retries().pauseAfter(failures, e);
        listener.onRetry(file.name(), e.toString());
      }
    }
  }

  /** What is there to go on from; a part that is too long is thrown away. */
  private long sizeOfPartial() throws IOException {
    long size = Files.size(partial);
    if (file.size() >= 0 && size > file.size()) {
      truncate();
      return 0;
    }
    return size;
  }

  private void truncate() throws IOException {
    try (FileChannel channel = FileChannel.open(partial, StandardOpenOption.WRITE)) {
      channel.truncate(0);
    }
  }

  /** One request; true if the file is whole afterwards. */
  private boolean attempt(long offset) throws IOException {
    try (FileChannel channel = FileChannel.open(partial, StandardOpenOption.WRITE)) {
      HttpResponse<Void> response =
          client
              .connection()
              .get(
                  client.uri(model, commit, file.name()),
                  offset,
                  info -> sink(channel, offset, info));
      if (response.statusCode() == 416) {
        channel.truncate(0);
        throw new ProtocolException("the server has no bytes from " + offset + " on");
      }
      client.requireSuccess(model, file.name(), response);
      if (file.size() >= 0 && channel.position() < file.size()) {
        throw new IOException("the connection ended after " + channel.position() + " bytes");
      }
      channel.force(true);
      return true;
    }
  }

  private StreamedBody.Sink sink(FileChannel channel, long offset, HttpResponse.ResponseInfo info) {
    if (info.statusCode() / 100 != 2) {
      return StreamedBody.Sink.NONE;
    }
    long start = info.statusCode() == 206 ? rangeStart(info) : 0;
    boolean[] begun = new boolean[1];
    return buffer -> {
      if (!begun[0]) {
        if (start != offset && start != 0) {
          throw new HubException(
              model, file.name() + ": asked for bytes from " + offset + ", sent from " + start);
        }
        begun[0] = true;
        channel.truncate(start).position(start);
      }
      write(channel, buffer);
    };
  }

  private void write(FileChannel channel, ByteBuffer buffer) throws IOException {
    if (file.size() >= 0 && channel.position() + buffer.remaining() > file.size()) {
      throw new HubException(model, file.name() + ": the server sends more than " + file.size());
    }
    AtomicFile.writeFully(channel, buffer);
    listener.onProgress(file.name(), channel.position(), file.size());
  }

  private static long rangeStart(HttpResponse.ResponseInfo info) {
    String range = info.headers().firstValue("Content-Range").orElse("");
    Matcher matcher = RANGE.matcher(range);
    return matcher.matches() ? Long.parseLong(matcher.group(1)) : -1;
  }

  private void verify() throws IOException {
    String actual = BlobChecksum.of(partial, file.etag());
    if (!actual.equals(file.etag())) {
      Files.delete(partial);
      throw new HubException(
          model,
          file.name()
              + ": what the server sent has checksum "
              + actual
              + ", not "
              + file.etag()
              + "; it is deleted");
    }
  }
}
