/** LoRA adapters for transformer models on the JVM. */
package io.github.lora4j;
