package io.github.lora4j.adapter;

/**
 * One version of an adapter, ready for use. Immutable: a call that holds it is not disturbed when
 * the registry changes.
 *
 * @param <T> the form that a model runs
 * @param adapter the data
 * @param form what the registry's binder made of it, once
 * @param version rises with every change of the registry, so two versions of a name differ in it
 */
public record BoundAdapter<T>(LoraAdapter adapter, T form, long version) {}
