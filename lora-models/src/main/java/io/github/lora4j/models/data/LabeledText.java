package io.github.lora4j.models.data;

/**
 * A text with its label.
 *
 * @param text the text, never blank
 * @param label the label, never blank
 * @param line the line of the data file where it starts, counted from 1
 */
public record LabeledText(String text, String label, long line) {}
