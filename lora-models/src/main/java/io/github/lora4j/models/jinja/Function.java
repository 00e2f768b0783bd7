package io.github.lora4j.models.jinja;

/** Something a template can call. */
@FunctionalInterface
interface Function {
  Object call(Args args);
}
