package io.github.lora4j.cli;

/** Which tasks there are, and which are still to come. */
final class TaskCheck {
  static final String CLASSIFY = "classify";

  private TaskCheck() {}

  /** Refuses what is not known or not there yet, as wrong usage. */
  static void requireKnown(CommonOptions common, String task) {
    switch (task) {
      case CLASSIFY -> {}
      case "causal-lm" -> throw common.usage("--task causal-lm is not there yet, only classify");
      default -> throw common.usage("unknown task '" + task + "', known is classify");
    }
  }
}
