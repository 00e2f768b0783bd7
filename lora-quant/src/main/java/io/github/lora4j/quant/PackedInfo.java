package io.github.lora4j.quant;

/**
 * What a checkpoint says of a weight in 4 bits, beside its values.
 *
 * @param config how it is packed
 * @param out rows
 * @param in columns
 * @param dtype the type in which the peer decodes it, such as {@code bfloat16}
 */
public record PackedInfo(QuantConfig config, int out, int in, String dtype) {}
