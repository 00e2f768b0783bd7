package io.github.lora4j.cli;

/** Which tasks and weight formats there are, and which are still to come. */
final class TaskCheck {
  static final String CLASSIFY = "classify";
  static final String NONE = "none";

  private TaskCheck() {}

  /** Refuses what is not known or not there yet, as wrong usage. */
  static void requireKnown(CommonOptions common, String task, String quantize) {
    switch (task) {
      case CLASSIFY -> {}
      case "causal-lm" -> throw common.usage("--task causal-lm is not there yet, only classify");
      default -> throw common.usage("unknown task '" + task + "', known is classify");
    }
    switch (quantize) {
      case NONE -> {}
      case "nf4" -> throw common.usage("--quantize nf4 is not there yet, only none");
      default -> throw common.usage("unknown format '" + quantize + "', known is none");
    }
  }
}
