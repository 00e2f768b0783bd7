package io.github.lora4j.models.hub;

/**
 * A model cannot be downloaded or is not in the cache. The message is one line that begins with the
 * model.
 */
public final class HubException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  HubException(HubModel model, String problem) {
    this(model, problem, null);
  }

  HubException(HubModel model, String problem, Throwable cause) {
    super(model + ": " + problem, cause);
  }
}
