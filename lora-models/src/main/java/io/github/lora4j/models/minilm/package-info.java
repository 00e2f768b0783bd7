/** The embedded base model. */
package io.github.lora4j.models.minilm;
