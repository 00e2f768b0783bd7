/** Trained adapters: immutable data, PEFT's files, and the registry that serves them. */
package io.github.lora4j.adapter;
