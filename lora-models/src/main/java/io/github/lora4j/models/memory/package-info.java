/** What a model takes in memory, for estimates before it is loaded. */
package io.github.lora4j.models.memory;
