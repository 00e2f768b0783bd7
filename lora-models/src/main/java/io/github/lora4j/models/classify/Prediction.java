package io.github.lora4j.models.classify;

/**
 * The class of one text.
 *
 * @param label the most probable class
 * @param score its probability, in [0, 1]
 * @param probabilities of all classes, in the order of the adapter's labels
 */
public record Prediction(String label, double score, float[] probabilities) {}
