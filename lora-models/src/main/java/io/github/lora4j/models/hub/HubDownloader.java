package io.github.lora4j.models.hub;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings models and adapters from a Hugging Face Hub into the cache that huggingface_hub uses as
 * well. Only what is needed is fetched: configuration, tokenizer, and the safetensors weights or
 * one GGUF file; of an adapter the files of PEFT's layout. Thread-safe; several threads and
 * processes may fetch the same model at once.
 */
public final class HubDownloader {
  private static final Logger LOG = LoggerFactory.getLogger(HubDownloader.class);

  private final HubEnvironment environment;
  private final DownloadListener listener;
  private final HubClient client;

  /** A downloader that tells {@code listener} how it goes. */
  public HubDownloader(HubEnvironment environment, DownloadListener listener) {
    this(environment, listener, Patience.DEFAULT);
  }

  HubDownloader(HubEnvironment environment, DownloadListener listener, Patience patience) {
    this.environment = environment;
    this.listener = listener;
    this.client = new HubClient(environment, patience);
  }

  /**
   * Fetches what is not in the cache. Nothing is asked of the hub if the revision is a commit that
   * is there as a whole, or if the environment is offline. If the hub cannot be reached, what was
   * fetched before is taken, with a warning.
   *
   * @return the folder with the checkpoint, or the GGUF file
   * @throws HubException if the model cannot be had; the message is one line
   */
  public Path fetch(HubModel model) {
    return fetch(model, new CheckpointFiles());
  }

  /**
   * Fetches an adapter as {@link #fetch(HubModel)} does a model.
   *
   * @param adapter its repository, with {@code adapter_config.json} at the top
   * @return the folder with the adapter, which stays as it is; or the GGUF file that was asked for
   * @throws HubException if the adapter cannot be had; the message is one line
   */
  public Path fetchAdapter(HubModel adapter) {
    boolean gguf = adapter.gguf().isPresent();
    return fetch(adapter, gguf ? new CheckpointFiles() : new AdapterFiles());
  }

  private Path fetch(HubModel model, RepositoryFiles wanted) {
    HubCache cache = HubCache.of(environment.cache(), model);
    try {
      Optional<String> commit = cache.commit(model);
      if (environment.offline()) {
        return cached(model, wanted, cache, commit, "HF_HUB_OFFLINE is set", null);
      }
      if (model.isCommit() && wanted.isComplete(model, cache, model.revision())) {
        return result(model, cache, model.revision());
      }
      HubClient.Listing listing;
      try {
        listing = client.list(model);
      } catch (IOException e) {
        String problem = environment.endpoint() + " cannot be reached (" + words(e) + ")";
        Path found = cached(model, wanted, cache, commit, problem, e);
        LOG.warn("{}: {}; what is in the cache is used", model, problem);
        return found;
      }
      cache.writeCommit(model, listing.commit());
      download(model, wanted, cache, listing);
      return result(model, cache, listing.commit());
    } catch (IOException e) {
      throw new HubException(model, "the download failed (" + words(e) + ")", e);
    } catch (UncheckedIOException e) {
      throw new HubException(
          model, environment.cache() + " cannot be written (" + words(e.getCause()) + ")", e);
    }
  }

  private Path cached(
      HubModel model,
      RepositoryFiles wanted,
      HubCache cache,
      Optional<String> commit,
      String why,
      Throwable cause)
      throws IOException {
    if (commit.isEmpty() || !Files.isDirectory(cache.snapshot(commit.get()))) {
      throw new HubException(
          model, why + ", and it is not in the cache " + environment.cache(), cause);
    }
    List<String> missing = wanted.missing(model, cache, commit.get());
    if (!missing.isEmpty()) {
      throw new HubException(
          model, why + ", and the cache lacks " + String.join(", ", missing) + " of it", cause);
    }
    return result(model, cache, commit.get());
  }

  private static Path result(HubModel model, HubCache cache, String commit) {
    return model
        .gguf()
        .map(file -> cache.file(commit, file))
        .orElseGet(() -> cache.snapshot(commit));
  }

  private void download(
      HubModel model, RepositoryFiles wanted, HubCache cache, HubClient.Listing listing)
      throws IOException {
    String commit = listing.commit();
    List<String> selected = wanted.select(model, listing.files());
    for (String file : wanted.optional(model)) {
      if (!listing.files().contains(file)) {
        cache.writeMissing(commit, file);
      }
    }
    SnapshotDownload snapshot = new SnapshotDownload(client, model, cache, commit, listener);
    snapshot.fetch(selected);
    Set<String> named = wanted.named(model, cache, commit);
    if (!named.isEmpty()) {
      snapshot.fetch(named);
    }
  }

  private static String words(Throwable e) {
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }
}
