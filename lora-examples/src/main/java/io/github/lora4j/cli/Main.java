package io.github.lora4j.cli;

import io.github.lora4j.demo.DemoReviews;
import java.io.PrintStream;
import java.util.List;
import picocli.CommandLine;

/**
 * Starts the command line. Exit status: 0 for success, 2 for wrong usage, 1 for a failure, both
 * with one line on standard error.
 */
public final class Main {
  private static final String DEBUG = "--debug";

  private Main() {}

  /** Runs a command and ends the JVM with its exit status. */
  public static void main(String[] args) {
    for (String arg : args) {
      if (arg.equals(DEBUG)) {
        // Before the first logger is made.
        System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "info");
      }
    }
    boolean terminal = Boolean.getBoolean("lora4j.terminal");
    int status = run(args, new Console(System.out, System.err, terminal));
    System.out.flush();
    System.exit(status);
  }

  /** Runs a command in this JVM, as a program that has no terminal, and returns its exit status. */
  public static int run(String[] args, PrintStream out, PrintStream err) {
    return run(args, new Console(out, err, false));
  }

  private static int run(String[] args, Console console) {
    boolean debug = List.of(args).contains(DEBUG);
    try {
      return commandLine(console, debug).execute(args);
    } catch (Error e) {
      // picocli hands on exceptions only.
      return Failures.report(console, e, debug);
    }
  }

  private static CommandLine commandLine(Console console, boolean debug) {
    CommandLine line = new CommandLine(new LoraCommand());
    line.addSubcommand(new DemoCommand(console, DemoReviews::load));
    line.addSubcommand(new TrainCommand(console));
    line.addSubcommand(new EvalCommand(console));
    line.addSubcommand(new PredictCommand(console));
    line.addSubcommand(new GenerateCommand(console));
    line.addSubcommand(new QuantizeCommand(console));
    line.addSubcommand(new MergeCommand(console));
    line.addSubcommand(new CombineCommand(console));
    line.addSubcommand(new ExportGgufCommand(console));
    line.addSubcommand(new TokenizeCommand(console));
    line.addSubcommand(new BenchCommand(console));
    line.setOut(console.outWriter());
    line.setErr(console.errWriter());
    line.setUsageHelpAutoWidth(false);
    line.setParameterExceptionHandler((e, args) -> Failures.reportUsage(console, e));
    line.setExecutionExceptionHandler((e, command, parsed) -> Failures.report(console, e, debug));
    return line;
  }
}
