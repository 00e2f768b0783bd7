/** Decoder language models: what all families share. A family is a package of its own. */
package io.github.lora4j.models.decoder;
