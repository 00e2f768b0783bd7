package io.github.lora4j.models.jinja;

import java.util.Iterator;
import java.util.List;

/**
 * What {@code map}, {@code select} and {@code reverse} give in Python: read once, without a length.
 */
final class Generator {
  private final Iterator<?> items;

  Generator(List<?> items) {
    this.items = items.iterator();
  }

  Iterator<?> items() {
    return items;
  }
}
