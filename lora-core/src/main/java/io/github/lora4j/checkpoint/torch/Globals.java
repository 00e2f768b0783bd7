package io.github.lora4j.checkpoint.torch;

import io.github.lora4j.checkpoint.DType;
import java.util.Map;
import java.util.Optional;

/**
 * The names that a pickle may mention. None of them is looked up or run: each stands for something
 * that the reader does itself.
 */
final class Globals {
  /** A function that the reader knows. */
  enum Function {
    ORDERED_DICT,
    REBUILD_TENSOR,
    REBUILD_PARAMETER
  }

  private static final Map<String, Object> ALLOWED =
      Map.ofEntries(
          Map.entry("collections.OrderedDict", Function.ORDERED_DICT),
          Map.entry("torch._utils._rebuild_tensor_v2", Function.REBUILD_TENSOR),
          Map.entry("torch._utils._rebuild_parameter", Function.REBUILD_PARAMETER),
          Map.entry("torch.FloatStorage", DType.F32),
          Map.entry("torch.HalfStorage", DType.F16),
          Map.entry("torch.BFloat16Storage", DType.BF16),
          Map.entry("torch.DoubleStorage", DType.F64),
          Map.entry("torch.LongStorage", DType.I64),
          Map.entry("torch.IntStorage", DType.I32),
          Map.entry("torch.ShortStorage", DType.I16),
          Map.entry("torch.CharStorage", DType.I8),
          Map.entry("torch.ByteStorage", DType.U8),
          Map.entry("torch.BoolStorage", DType.BOOL));

  private Globals() {}

  /** A {@link Function} or the {@link DType} of a storage; empty for any other name. */
  static Optional<Object> find(String name) {
    return Optional.ofNullable(ALLOWED.get(name));
  }
}
