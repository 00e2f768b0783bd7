package io.github.lora4j.models.generate;

/**
 * How long a sequence took, the others that ran beside it included.
 *
 * @param prefill seconds from the first pass for it until its first token was chosen; 0 if none was
 * @param decode seconds from then until the last token that is part of it was chosen
 */
public record GenerationTimes(double prefill, double decode) {}
