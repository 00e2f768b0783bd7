/**
 * Frozen weights in 4 bits, as bitsandbytes stores them: {@link io.github.lora4j.quant.Quantizer}
 * packs, {@link io.github.lora4j.quant.FourBitMatrix} is the weight that products decode, {@link
 * io.github.lora4j.quant.QuantState} its form in a checkpoint.
 */
package io.github.lora4j.quant;
