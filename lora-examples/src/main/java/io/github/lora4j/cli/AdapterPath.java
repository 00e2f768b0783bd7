package io.github.lora4j.cli;

import io.github.lora4j.models.hub.HubDownloader;
import io.github.lora4j.models.hub.HubEnvironment;
import io.github.lora4j.models.hub.HubException;
import io.github.lora4j.models.hub.HubModel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/** What {@code --adapter} means: what lies on disk, or else an adapter on the hub. */
final class AdapterPath {
  private AdapterPath() {}

  /** What the adapter is called: the last part of the path, or of the id on the hub. */
  static String nameOf(String place) {
    return remote(place)
        .map(model -> model.id().substring(model.id().indexOf('/') + 1))
        .orElseGet(() -> NamedAdapter.nameOf(Path.of(place)));
  }

  /**
   * Finds the adapter, and downloads it if it has to be.
   *
   * @return a folder, which need not hold an adapter
   * @throws IllegalArgumentException if there is no such folder and the hub does not give it
   */
  static Path resolve(Console console, HubEnvironment hub, String place) {
    Optional<HubModel> remote = remote(place);
    if (remote.isEmpty()) {
      return Path.of(place);
    }
    try {
      return new HubDownloader(hub, new DownloadProgress(console)).fetchAdapter(remote.get());
    } catch (HubException e) {
      throw new IllegalArgumentException(
          "no folder '" + place + "', and no such adapter on the hub: " + e.getMessage(), e);
    }
  }

  /** What a place that is not on disk means on the hub, if it has the form. */
  private static Optional<HubModel> remote(String place) {
    return isOnDisk(place) ? Optional.empty() : HubModel.parse(place);
  }

  private static boolean isOnDisk(String place) {
    try {
      return Files.exists(Path.of(place));
    } catch (InvalidPathException e) {
      return false;
    }
  }
}
