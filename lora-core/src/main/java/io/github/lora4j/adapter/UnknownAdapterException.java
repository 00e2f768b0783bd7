package io.github.lora4j.adapter;

/** A registry has no adapter of the name asked for. The message lists the names that it has. */
public final class UnknownAdapterException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  UnknownAdapterException(String message) {
    super(message);
  }
}
