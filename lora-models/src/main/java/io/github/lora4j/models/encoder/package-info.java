/** A base model with its tokenizer, opened by name or from a directory. */
package io.github.lora4j.models.encoder;
