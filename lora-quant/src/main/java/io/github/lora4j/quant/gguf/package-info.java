/**
 * Weights in the block types of GGUF files: {@link io.github.lora4j.quant.gguf.GgufType} says how
 * each is laid out and decodes it, {@link io.github.lora4j.quant.gguf.GgufMatrix} is the weight
 * that products decode, {@link io.github.lora4j.quant.gguf.GgufQuantizer} packs.
 */
package io.github.lora4j.quant.gguf;
