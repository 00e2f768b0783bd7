package io.github.lora4j.adapter;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/**
 * One adapter of a registry as it was at some moment. Immutable.
 *
 * @param name its name
 * @param version of the current version, see {@link BoundAdapter#version()}
 * @param aliases that lead to it
 * @param bytes of its current version in memory: the data and the form, which is taken to be as
 *     large; also if it is on disk only at this moment
 * @param previousBytes kept in memory for rolling back
 * @param resident whether it is in memory
 * @param pinned whether it stays there
 * @param directory where it was read from, or null if it was registered
 * @param rollsBack whether there is an earlier version to roll back to
 * @param calls how often it was handed out, over all versions
 * @param loads how often a version was registered, loaded or read back
 * @param evictions how often one had to leave memory
 * @param lastUse when it was last handed out, or loaded if that was later
 */
public record AdapterStatus(
    String name,
    long version,
    List<String> aliases,
    long bytes,
    long previousBytes,
    boolean resident,
    boolean pinned,
    Path directory,
    boolean rollsBack,
    long calls,
    long loads,
    long evictions,
    Instant lastUse) {

  static AdapterStatus of(AdapterSlot<?> slot, List<String> aliases) {
    AdapterUse use = slot.use();
    return new AdapterStatus(
        slot.name(),
        slot.version(),
        List.copyOf(aliases),
        slot.bytes(),
        slot.previousBytes(),
        slot.bound() != null,
        use.pinned(),
        slot.source() == null ? null : slot.source().path(),
        slot.previous() != null,
        use.calls(),
        use.loads(),
        use.evictions(),
        use.lastUseTime());
  }
}
