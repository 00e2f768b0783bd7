package io.github.lora4j.cli;

import io.github.lora4j.models.causal.DecoderSource;
import io.github.lora4j.models.hub.HubDownloader;
import io.github.lora4j.models.hub.HubEnvironment;
import io.github.lora4j.models.hub.HubModel;
import io.github.lora4j.models.minilm.MiniLm;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What {@code --model} means: the embedded model, what lies on disk, or else a model on the hub.
 *
 * @param name how adapters and messages call it
 * @param path the checkpoint's folder or the GGUF file; none for the embedded model
 */
record ModelPath(String name, Optional<Path> path) {

  /** Refuses what can be no model, as wrong usage; nothing is downloaded. */
  static void requireKnown(CommonOptions common, String model) {
    if (!model.equals(MiniLm.NAME) && !isOnDisk(model) && HubModel.parse(model).isEmpty()) {
      throw common.usage(
          "no model '"
              + model
              + "': it is neither "
              + MiniLm.NAME
              + " nor a directory, nor owner/name of a model on the Hugging Face Hub");
    }
  }

  /**
   * Finds the model, and downloads it if it has to be.
   *
   * @throws io.github.lora4j.models.hub.HubException if the hub does not give it
   * @throws IllegalArgumentException if there is no such model
   */
  static ModelPath resolve(Console console, HubEnvironment hub, String model) {
    if (model.equals(MiniLm.NAME)) {
      return new ModelPath(model, Optional.empty());
    }
    if (isOnDisk(model)) {
      return new ModelPath(model, Optional.of(Path.of(model)));
    }
    HubModel remote =
        HubModel.parse(model)
            .orElseThrow(() -> new IllegalArgumentException("no model '" + model + "'"));
    Path path = new HubDownloader(hub, new DownloadProgress(console)).fetch(remote);
    return new ModelPath(remote.id(), Optional.of(path));
  }

  /** The decoder that it is, or empty if it is an encoder. */
  Optional<DecoderSource> decoder() {
    return path.filter(DecoderSource::isDecoder).map(file -> DecoderSource.of(name, file));
  }

  private static boolean isOnDisk(String model) {
    try {
      Path path = Path.of(model);
      return Files.isDirectory(path) || model.endsWith(".gguf") && Files.exists(path);
    } catch (InvalidPathException e) {
      return false;
    }
  }
}
