package io.github.lora4j.cli;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.models.classify.ClassifierAdapter;
import io.github.lora4j.models.minilm.MiniLm;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeSet;
import picocli.CommandLine.Option;

/** Where texts are cut. */
final class LengthOptions {
  private static final int LONGEST = 1 << 20;

  @Option(
      names = "--max-length",
      paramLabel = "N",
      description = {
        "Texts are cut after so many tokens; where an adapter is given, its own",
        "value is the default, otherwise " + MiniLm.DEFAULT_MAX_LENGTH + "."
      })
  private Integer maxLength;

  /** Checks the value before any work is done. */
  void check(CommonOptions common, ModelOptions model) {
    int longest = model.isEmbedded() ? MiniLm.config().maxPositionEmbeddings() : LONGEST;
    if (maxLength != null && (maxLength < 3 || maxLength > longest)) {
      throw common.usage("--max-length is " + maxLength + ", must be from 3 to " + longest);
    }
  }

  /** The value, if it was given. */
  OptionalInt given() {
    return maxLength == null ? OptionalInt.empty() : OptionalInt.of(maxLength);
  }

  /** The most tokens of a text that adapters classify. */
  int of(CommonOptions common, List<LoraAdapter> adapters) {
    if (maxLength != null) {
      return maxLength;
    }
    TreeSet<Integer> lengths = new TreeSet<>();
    adapters.forEach(adapter -> ClassifierAdapter.maxLength(adapter).ifPresent(lengths::add));
    if (lengths.size() > 1) {
      throw common.usage(
          "the adapters were trained with different maximum lengths "
              + lengths
              + "; choose one with --max-length");
    }
    return lengths.isEmpty() ? MiniLm.DEFAULT_MAX_LENGTH : lengths.first();
  }
}
