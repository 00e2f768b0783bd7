package io.github.lora4j.compute;

import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The three sets of kernels.
 *
 * <p>{@link #selected()} takes the one named by the system property {@value #PROPERTY}, otherwise
 * the fastest that this JVM can run: {@code vector} where the module {@code jdk.incubator.vector}
 * was added, then {@code nd4j} where an ND4J backend is on the class path, then {@code scalar}.
 */
public enum KernelSet {
  /** The Vector API for everything. */
  VECTOR,
  /** ND4J for large matrix products, plain Java for the rest. */
  ND4J,
  /** Plain Java. */
  SCALAR;

  /** The system property that forces a set. */
  public static final String PROPERTY = "lora4j.kernels";

  private static final String ND4J_SERVICE =
      "META-INF/services/org.nd4j.linalg.factory.Nd4jBackend";

  /** The set for this JVM: chosen and logged at the first call. */
  public static KernelSet selected() {
    return Selection.SET;
  }

  /** True if this JVM can run this set. */
  public boolean available() {
    return switch (this) {
      case VECTOR -> ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
      case ND4J -> KernelSet.class.getClassLoader().getResource(ND4J_SERVICE) != null;
      case SCALAR -> true;
    };
  }

  static KernelSet choose(String forced) {
    if (forced == null || forced.isBlank()) {
      for (KernelSet set : values()) {
        if (set.available()) {
          return set;
        }
      }
    }
    for (KernelSet set : values()) {
      if (set.name().equalsIgnoreCase(forced)) {
        if (!set.available()) {
          throw new IllegalStateException(
              PROPERTY
                  + "="
                  + forced
                  + " but "
                  + (set == VECTOR
                      ? "the JVM was started without --add-modules jdk.incubator.vector"
                      : "no ND4J backend is on the class path"));
        }
        return set;
      }
    }
    throw new IllegalArgumentException(
        PROPERTY + " is '" + forced + "', known are vector, nd4j and scalar");
  }

  Gemm gemm(FloatBuffers buffers) {
    return switch (this) {
      case VECTOR -> new PanelGemm("vector", vectorKernel(), kernels(), buffers);
      case ND4J -> new Nd4jGemm();
      case SCALAR -> new PanelGemm("scalar", new ScalarMicroKernel(), kernels(), buffers);
    };
  }

  StridedGemm small(FloatBuffers buffers) {
    return new StridedGemm(
        this == VECTOR ? vectorKernel() : new ScalarMicroKernel(), kernels(), buffers);
  }

  private static MicroKernel vectorKernel() {
    return VectorWidth.REGISTERS < 32 ? new FourRowKernel() : new EightRowKernel();
  }

  Kernels kernels() {
    return this == VECTOR ? new VectorKernels() : new ScalarKernels();
  }

  private static final class Selection {
    private static final Logger LOG = LoggerFactory.getLogger(KernelSet.class);
    static final KernelSet SET = log(choose(System.getProperty(PROPERTY)));

    private static KernelSet log(KernelSet set) {
      LOG.info(
          "kernels: {} (Java {})",
          set.name().toLowerCase(Locale.ROOT),
          Runtime.version().feature());
      return set;
    }
  }
}
