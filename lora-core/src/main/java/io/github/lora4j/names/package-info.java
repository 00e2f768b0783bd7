/** Suggestions for names that were not found. */
package io.github.lora4j.names;
