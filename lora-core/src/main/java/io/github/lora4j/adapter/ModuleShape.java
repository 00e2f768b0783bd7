package io.github.lora4j.adapter;

/**
 * The size of a linear module.
 *
 * @param out output features, the rows of its weight
 * @param in input features, the columns of its weight
 */
public record ModuleShape(int out, int in) {}
