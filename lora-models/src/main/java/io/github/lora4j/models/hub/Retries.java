package io.github.lora4j.models.hub;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;

/** Tries something again that a failing connection or a busy server has stopped. */
final class Retries {
  private final Patience patience;

  /** One attempt. */
  @FunctionalInterface
  interface Attempt<T> {
    T run() throws IOException;
  }

  Retries(Patience patience) {
    this.patience = patience;
  }

  /**
   * A small request: a host that cannot be reached at all is not tried again.
   *
   * @throws IOException the last failure
   */
  <T> T run(Attempt<T> attempt) throws IOException {
    for (int failures = 1; ; failures++) {
      try {
        return attempt.run();
      } catch (ConnectException | HttpConnectTimeoutException | InterruptedIOException e) {
        throw e;
      } catch (IOException e) {
        pauseAfter(failures, e);
      }
    }
  }

  /**
   * Waits for the next attempt.
   *
   * @throws IOException {@code failure}, if there have been too many
   */
  void pauseAfter(int failures, IOException failure) throws IOException {
    if (failures >= patience.attempts() || failure instanceof InterruptedIOException) {
      throw failure;
    }
    try {
      Thread.sleep(patience.delayAfter(failures).toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }
}
