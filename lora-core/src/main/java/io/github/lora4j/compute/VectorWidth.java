package io.github.lora4j.compute;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** How wide the vectors are that kernels compute with. */
final class VectorWidth {
  private static final int COPES_WITH_TWO_WIDTHS = 25;

  /**
   * As wide as the processor has them, but no wider than 256 bits before Java 25: decoders work on
   * bytes in vectors of that width, and once Java 17 has seen two widths it compiles all loops with
   * vectors in objects, which makes them ten times slower.
   */
  static final VectorSpecies<Float> FLOATS =
      Runtime.version().feature() < COPES_WITH_TWO_WIDTHS
              && FloatVector.SPECIES_PREFERRED.length() > FloatVector.SPECIES_256.length()
          ? FloatVector.SPECIES_256
          : FloatVector.SPECIES_PREFERRED;

  /** Vector registers of the processor: 32 with AVX-512, whatever width is used, and on ARM. */
  static final int REGISTERS =
      FloatVector.SPECIES_PREFERRED.length() > FloatVector.SPECIES_256.length()
              || System.getProperty("os.arch").equals("aarch64")
          ? 32
          : 16;

  private VectorWidth() {}
}
