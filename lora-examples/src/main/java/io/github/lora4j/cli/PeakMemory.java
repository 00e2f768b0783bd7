package io.github.lora4j.cli;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much memory this process held at most. */
final class PeakMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String PEAK = "VmHWM:";

  private PeakMemory() {}

  /**
   * Megabytes of resident memory at the peak; where the system does not say, what the JVM's memory
   * pools held at theirs.
   */
  static double megabytes() {
    try {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith(PEAK)) {
          String kilobytes = line.substring(PEAK.length()).replace("kB", "").strip();
          return Long.parseLong(kilobytes) / 1024.0;
        }
      }
    } catch (IOException | NumberFormatException e) {
      return ofPools();
    }
    return ofPools();
  }

  private static double ofPools() {
    long bytes = 0;
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      bytes += pool.getPeakUsage().getCommitted();
    }
    return bytes / (1024.0 * 1024.0);
  }
}
