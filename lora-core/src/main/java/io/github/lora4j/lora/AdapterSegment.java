package io.github.lora4j.lora;

/**
 * Neighbouring rows of a batch with the same adapter.
 *
 * @param adapter {@link ActiveAdapter#NONE} for the base alone
 * @param from first row, inclusive
 * @param to last row, exclusive
 */
public record AdapterSegment(ActiveAdapter adapter, int from, int to) {}
