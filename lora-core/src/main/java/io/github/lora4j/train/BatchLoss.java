package io.github.lora4j.train;

/**
 * What one batch gave.
 *
 * @param sum of the losses of its labels
 * @param labels how many
 * @param tokens how many tokens went through the model
 */
public record BatchLoss(double sum, int labels, long tokens) {}
