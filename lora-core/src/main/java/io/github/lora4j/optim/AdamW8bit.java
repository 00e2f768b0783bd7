package io.github.lora4j.optim;

import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.eightbit.DynamicMap;
import io.github.lora4j.eightbit.EightBitBlocks;
import io.github.lora4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * AdamW that keeps both moments in 8 bits (Dettmers et al., 2022, 8-bit Optimizers via Block-wise
 * Quantization), as {@code bitsandbytes.optim.AdamW8bit} computes it on the CPU: the first moment
 * in the signed dynamic type, the second in the unsigned one, in blocks of 256 values. Parameters
 * with fewer than 4096 values keep float32 moments. Holds about 2 bytes per trained value,
 * otherwise 8. For one thread.
 */
public final class AdamW8bit implements Optimizer {
  /** Values that share a scale. */
  public static final int BLOCK_SIZE = 256;

  /** Parameters with at least so many values have 8-bit moments. */
  public static final int MIN_8BIT_SIZE = 4096;

  private static final String FORMAT = "adamw8bit";
  private static final String FIRST = "state1";
  private static final String SECOND = "state2";

  /** The moments of one parameter. */
  private sealed interface Moments permits Plain, Quantized {
    List<StateTensor> state(Tensor value);
  }

  private record Plain(float[] first, float[] second) implements Moments {
    @Override
    public List<StateTensor> state(Tensor value) {
      return List.of(
          StateTensor.like(value, FIRST, StateValues.of(first)),
          StateTensor.like(value, SECOND, StateValues.of(second)));
    }
  }

  private record Quantized(EightBitBlocks first, EightBitBlocks second) implements Moments {
    @Override
    public List<StateTensor> state(Tensor value) {
      return List.of(
          StateTensor.like(value, FIRST, StateValues.of(first.codes())),
          StateTensor.like(value, SECOND, StateValues.of(second.codes())),
          scales("absmax1", first.absmax()),
          scales("absmax2", second.absmax()));
    }

    private static StateTensor scales(String name, float[] absmax) {
      return new StateTensor(name, List.of((long) absmax.length), StateValues.of(absmax));
    }
  }

  private final List<Parameter> parameters;
  private final AdamWConfig config;
  private final List<Moments> moments = new ArrayList<>();
  private final float[] m = new float[BLOCK_SIZE];
  private final float[] v = new float[BLOCK_SIZE];
  private long steps;

  /** An optimizer of {@code parameters} that has not taken a step. */
  public AdamW8bit(List<Parameter> parameters, AdamWConfig config) {
    this.parameters = List.copyOf(parameters);
    this.config = config;
    for (Parameter parameter : parameters) {
      int size = parameter.value().size();
      moments.add(
          size < MIN_8BIT_SIZE
              ? new Plain(new float[size], new float[size])
              : new Quantized(
                  EightBitBlocks.zeros(DynamicMap.SIGNED, size, BLOCK_SIZE),
                  EightBitBlocks.zeros(DynamicMap.UNSIGNED, size, BLOCK_SIZE)));
    }
  }

  /** Bytes of the state of a parameter with {@code size} values. */
  public static long stateBytes(int size) {
    if (size < MIN_8BIT_SIZE) {
      return AdamW.stateBytes(size);
    }
    int blocks = (size - 1) / BLOCK_SIZE + 1;
    return 2L * (size + (long) Float.BYTES * blocks);
  }

  @Override
  public void step(double learningRate) {
    steps++;
    for (int i = 0; i < parameters.size(); i++) {
      AdamW8bitStep step = AdamW8bitStep.of(config, steps, learningRate, parameters.get(i));
      float[] p = parameters.get(i).value().data();
      float[] g = parameters.get(i).grad().data();
      if (moments.get(i) instanceof Quantized quantized) {
        update(step, p, g, quantized);
      } else if (moments.get(i) instanceof Plain plain) {
        step.update32bit(p, g, plain.first, plain.second);
      }
    }
  }

  /** The parameters see the moments of this step as they are before they are quantized. */
  private void update(AdamW8bitStep step, float[] p, float[] g, Quantized state) {
    for (int b = 0; b < state.first.absmax().length; b++) {
      state.first.read(b, m, 0);
      state.second.read(b, v, 0);
      step.update8bit(p, g, b * BLOCK_SIZE, m, v, state.first.length(b));
      state.first.write(b, m, 0);
      state.second.write(b, v, 0);
    }
  }

  @Override
  public List<Parameter> parameters() {
    return parameters;
  }

  @Override
  public long steps() {
    return steps;
  }

  @Override
  public void restoreSteps(long taken) {
    steps = taken;
  }

  @Override
  public String stateFormat() {
    return FORMAT;
  }

  @Override
  public List<StateTensor> state(int index) {
    return moments.get(index).state(parameters.get(index).value());
  }

  @Override
  public long stateBytes() {
    long bytes = 0;
    for (int i = 0; i < parameters.size(); i++) {
      for (StateTensor tensor : state(i)) {
        bytes += (long) tensor.values().size() * tensor.dtype().byteSize();
      }
    }
    return bytes;
  }
}
