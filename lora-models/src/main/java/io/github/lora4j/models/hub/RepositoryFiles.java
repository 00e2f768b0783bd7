package io.github.lora4j.models.hub;

import java.io.IOException;
import java.util.List;
import java.util.Set;

/** Which files of a repository make up what is wanted of it. Stateless. */
interface RepositoryFiles {
  /** Files that are fetched if they are there. */
  List<String> optional(HubModel model);

  /**
   * What to fetch first.
   *
   * @param files all of the repository
   * @throws HubException if it does not have what is wanted; the message says what there is
   */
  List<String> select(HubModel model, Set<String> files);

  /**
   * What the first files name beside themselves.
   *
   * @throws HubException if one is damaged or a name leads elsewhere
   */
  default Set<String> named(HubModel model, HubCache cache, String commit) throws IOException {
    return Set.of();
  }

  /** What a snapshot lacks to be loaded; nothing if it can be. */
  List<String> missing(HubModel model, HubCache cache, String commit) throws IOException;

  /** True if nothing is missing, and of no optional file it is unknown whether there is one. */
  default boolean isComplete(HubModel model, HubCache cache, String commit) throws IOException {
    return optional(model).stream()
            .allMatch(file -> cache.has(commit, file) || cache.isKnownToLack(commit, file))
        && missing(model, cache, commit).isEmpty();
  }
}
