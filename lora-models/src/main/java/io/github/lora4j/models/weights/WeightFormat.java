package io.github.lora4j.models.weights;

import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.HalfMatrix;
import io.github.lora4j.quant.FourBitMatrix;
import io.github.lora4j.quant.QuantConfig;
import io.github.lora4j.quant.Quantizer;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.HalfType;

/** The form in which a model holds the weights of its linear layers. */
public interface WeightFormat {
  /** Float32, in the order in which the kernels in use read them. */
  WeightFormat FLOAT32 = new Float32();

  /** Four bits, quantized when the model is loaded. */
  static WeightFormat quantized(QuantConfig config) {
    return new FourBit(new Quantizer(config));
  }

  /** Two bytes per weight, rounded when the model is loaded unless the checkpoint has this type. */
  static WeightFormat half(HalfType type) {
    return new Half(type);
  }

  /**
   * As the checkpoint holds them: bfloat16 and float16 stay, in the mapped file where it is one;
   * all others become float32.
   */
  WeightFormat STORED = new Stored();

  /**
   * The same values as {@link #STORED}, in memory and in the order in which kernels read them, for
   * fast generation.
   */
  WeightFormat PACKED = new Packed();

  /**
   * The format for a weight that the checkpoint holds in a type of its own.
   *
   * @param stored that type
   */
  default WeightFormat of(DType stored) {
    return this;
  }

  /** The format for embeddings and output layers, which quantization leaves as they are stored. */
  default WeightFormat tables() {
    return this;
  }

  /** Tells formats apart, for example {@code nf4/64}. */
  String id();

  /**
   * Stores a weight.
   *
   * @param module the layer's name, as adapters target it
   * @param w row-major {@code [out, in]}, finite; not kept
   * @throws ArithmeticException if a weight is too large for the format, naming its position
   */
  FrozenMatrix store(Compute compute, String module, float[] w, int out, int in);

  /** Bytes that {@link #store} takes for a weight of this shape: float32, if not overridden. */
  default long bytes(int out, int in) {
    return (long) Float.BYTES * out * in;
  }

  /** See {@link #FLOAT32}. */
  record Float32() implements WeightFormat {
    @Override
    public String id() {
      return "float32";
    }

    @Override
    public FrozenMatrix store(Compute compute, String module, float[] w, int out, int in) {
      return compute.gemm().dense(w, out, in);
    }
  }

  /** See {@link #half}. */
  record Half(HalfType type) implements WeightFormat {
    @Override
    public String id() {
      return type.id();
    }

    @Override
    public long bytes(int out, int in) {
      return HalfMatrix.bytes(out, in);
    }

    @Override
    public FrozenMatrix store(Compute compute, String module, float[] w, int out, int in) {
      return HalfMatrix.pack(compute, type, w, out, in);
    }
  }

  /** See {@link #STORED}. */
  record Stored() implements WeightFormat {
    @Override
    public String id() {
      return "auto";
    }

    @Override
    public WeightFormat of(DType stored) {
      return switch (stored) {
        case BF16 -> half(HalfType.BFLOAT16);
        case F16 -> half(HalfType.FLOAT16);
        default -> FLOAT32;
      };
    }

    @Override
    public FrozenMatrix store(Compute compute, String module, float[] w, int out, int in) {
      return FLOAT32.store(compute, module, w, out, in);
    }
  }

  /** See {@link #PACKED}. */
  record Packed() implements WeightFormat {
    @Override
    public String id() {
      return "packed";
    }

    @Override
    public WeightFormat of(DType stored) {
      return STORED.of(stored);
    }

    @Override
    public FrozenMatrix store(Compute compute, String module, float[] w, int out, int in) {
      return FLOAT32.store(compute, module, w, out, in);
    }
  }

  /** See {@link #quantized}. */
  record FourBit(Quantizer quantizer) implements WeightFormat {
    @Override
    public String id() {
      return id(quantizer.config());
    }

    static String id(QuantConfig config) {
      String scales = config.doubleQuant() ? "/double" : "";
      return config.type().id() + "/" + config.blockSize() + scales;
    }

    @Override
    public WeightFormat tables() {
      return STORED;
    }

    @Override
    public FrozenMatrix store(Compute compute, String module, float[] w, int out, int in) {
      return new FourBitMatrix(compute.kernels(), quantizer.quantize(compute.pool(), w, out, in));
    }

    @Override
    public long bytes(int out, int in) {
      return quantizer.config().bytes(out, in);
    }
  }
}
