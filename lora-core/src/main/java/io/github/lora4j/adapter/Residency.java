package io.github.lora4j.adapter;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Decides which adapters stay in memory: those used least recently leave first. Pinned ones, ones
 * without a directory, and ones whose directory was written since stay.
 *
 * @param budget bytes for all adapters together, {@link Long#MAX_VALUE} for no bound
 */
record Residency(long budget) {

  /** A resident adapter with the moment of its last use, which calls move on meanwhile. */
  private record Candidate(AdapterSlot<?> slot, long lastUse) {}

  /**
   * Makes room for a version, if that is possible. Called with the registry's lock held.
   *
   * @param held the adapters of the registry; one with the name of {@code wanted} gives way to it
   * @return whether there is room; if not, it may be that some left all the same
   */
  boolean makeRoom(Collection<? extends AdapterSlot<?>> held, AdapterSlot<?> wanted) {
    if (budget == Long.MAX_VALUE) {
      return true;
    }
    long total = Math.addExact(wanted.bytes(), wanted.previousBytes());
    long leaving = 0;
    List<Candidate> candidates = new ArrayList<>();
    for (AdapterSlot<?> slot : held) {
      if (slot.name().equals(wanted.name())) {
        continue;
      }
      total += slot.previousBytes();
      if (slot.bound() != null) {
        total += slot.bytes();
        if (slot.evictable()) {
          leaving += slot.bytes();
          candidates.add(new Candidate(slot, slot.use().lastUse()));
        }
      }
    }
    if (total - leaving > budget) {
      return false;
    }
    candidates.sort(Comparator.comparingLong(Candidate::lastUse));
    for (Candidate candidate : candidates) {
      if (total <= budget) {
        break;
      }
      AdapterSlot<?> slot = candidate.slot();
      // What cannot be read back as it is must not be lost.
      if (slot.source().unchanged()) {
        slot.drop();
        slot.use().eviction();
        total -= slot.bytes();
      }
    }
    return total <= budget;
  }

  /** The error for a version that has to be in memory and finds no room. */
  IllegalStateException noRoom(AdapterSlot<?> wanted) {
    return new IllegalStateException(
        "adapter '"
            + wanted.name()
            + "' takes "
            + (wanted.bytes() + wanted.previousBytes())
            + " bytes, and with those that stay in memory that is over the budget of "
            + budget
            + " bytes; unpin or unload some");
  }
}
