/** Mistral. */
package io.github.lora4j.models.mistral;
