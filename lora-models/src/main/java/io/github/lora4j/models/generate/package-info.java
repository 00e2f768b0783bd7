/** Generating tokens with decoders: the engine, and how tokens are chosen. */
package io.github.lora4j.models.generate;
