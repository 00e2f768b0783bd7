package io.github.lora4j.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Adapters of two layers of MiniLM, trained and evaluated on few reviews by the command line. */
record SmallTraining(Path folder, int epochs) {
  Run train(String out, Object... more) throws Exception {
    List<Object> args =
        new ArrayList<>(
            List.of(
                "train",
                "--data",
                Samples.train(folder, 16),
                "--eval",
                Samples.test(folder, 8),
                "--out",
                folder.resolve(out),
                "--epochs",
                epochs,
                "--max-length",
                24,
                "--r",
                4,
                "--target-modules",
                "layer.0.attention.self.query,layer.5.output.dense",
                "--json"));
    args.addAll(List.of(more));
    return Run.of(args.toArray());
  }

  /** On the reviews that {@link #train} evaluated on. */
  Run eval(String adapter, Object... more) throws Exception {
    List<Object> args =
        new ArrayList<>(
            List.of(
                "eval",
                "--adapter",
                folder.resolve(adapter),
                "--data",
                folder.resolve("test.jsonl"),
                "--json"));
    args.addAll(List.of(more));
    return Run.of(args.toArray());
  }
}
