package io.github.lora4j.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lora4j.checkpoint.CheckpointException;
import java.io.BufferedInputStream;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;

/** {@code metrics.jsonl}: one JSON object for each step and each epoch. */
final class MetricsLog implements AutoCloseable {
  /** Its name in the output directory. */
  static final String FILE_NAME = "metrics.jsonl";

  private final BufferedWriter out;
  private final ObjectMapper json = new ObjectMapper();
  private long lines;

  /**
   * Opens the log.
   *
   * @param keep lines of an earlier run to keep; what follows them was not part of its checkpoint
   * @throws CheckpointException if there are fewer lines; the file stays as it is
   */
  MetricsLog(Path directory, long keep) throws IOException {
    Path file = directory.resolve(FILE_NAME);
    long bytes = keep == 0 ? 0 : bytesOf(file, keep);
    // Cut in place: a kill at this moment loses no line of the checkpoint.
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    channel.truncate(bytes).position(bytes);
    out =
        new BufferedWriter(
            new OutputStreamWriter(Channels.newOutputStream(channel), StandardCharsets.UTF_8));
    lines = keep;
  }

  private static long bytesOf(Path file, long keep) throws IOException {
    long found = 0;
    long bytes = 0;
    if (Files.exists(file)) {
      try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
        for (int b = in.read(); b >= 0 && found < keep; b = in.read()) {
          bytes++;
          found += b == '\n' ? 1 : 0;
        }
      }
    }
    if (found < keep) {
      throw new CheckpointException(
          file.toString(), "has " + found + " lines but the checkpoint was written after " + keep);
    }
    return bytes;
  }

  long lines() {
    return lines;
  }

  void step(StepReport report) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("event", "step");
    line.put("epoch", report.epoch());
    line.put("step", report.step());
    line.put("loss", report.loss());
    line.put("learning_rate", report.learningRate());
    line.put("grad_norm", report.gradNorm());
    line.put("samples_per_second", report.samplesPerSecond());
    line.put("tokens_per_second", report.tokensPerSecond());
    write(line);
  }

  void epoch(EpochReport report) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("event", "epoch");
    line.put("epoch", report.epoch());
    line.put("train_loss", report.trainLoss());
    if (report.evaluation() != null) {
      line.put("eval_loss", report.evaluation().loss());
      if (report.evaluation().hasAccuracy()) {
        line.put("eval_accuracy", report.evaluation().accuracy());
      }
    }
    line.put("best", report.best());
    line.put("seconds", report.seconds());
    line.put("samples_per_second", report.samplesPerSecond());
    write(line);
  }

  private void write(Map<String, Object> line) {
    try {
      out.write(json.writeValueAsString(line));
      out.write('\n');
      out.flush();
      lines++;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + FILE_NAME + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
