/** Gemma 2 and 3. */
package io.github.lora4j.models.gemma;
