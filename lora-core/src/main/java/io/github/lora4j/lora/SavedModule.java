package io.github.lora4j.lora;

import io.github.lora4j.autograd.Var;

/**
 * What takes the place of a module of the base: PEFT's {@code modules_to_save}.
 *
 * @param weight {@code [out, in]} of a linear layer, {@code [entries, cols]} of embeddings, or the
 *     scale of a norm; null if that of the base stays
 * @param bias or the shift of a norm; null if that of the base stays
 */
public record SavedModule(Var weight, Var bias) {}
