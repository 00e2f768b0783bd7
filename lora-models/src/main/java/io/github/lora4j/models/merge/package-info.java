/** Adapters added into the weights of a checkpoint for good. */
package io.github.lora4j.models.merge;
