package io.github.lora4j.cli;

/** Which tasks there are. */
final class TaskCheck {
  static final String CLASSIFY = "classify";
  static final String CAUSAL_LM = "causal-lm";

  private TaskCheck() {}

  /** Refuses what is not known, as wrong usage. */
  static void requireKnown(CommonOptions common, String task) {
    if (!task.equals(CLASSIFY) && !task.equals(CAUSAL_LM)) {
      throw common.usage(
          "unknown task '" + task + "', known are " + CLASSIFY + " and " + CAUSAL_LM);
    }
  }
}
