/** Three short programs to begin with: one layer, fine-tuning, and swapping adapters. */
package io.github.lora4j.examples;
