/**
 * GGUF files, as llama.cpp writes them: {@link io.github.lora4j.models.gguf.GgufFile} reads the
 * container, {@link io.github.lora4j.models.gguf.GgufCheckpoint} gives its content the names, the
 * order and the configuration of the Hugging Face checkpoint that it was made from.
 */
package io.github.lora4j.models.gguf;
