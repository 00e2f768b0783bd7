package io.github.lora4j.models.causal;

import io.github.lora4j.models.decoder.DecoderModel;
import io.github.lora4j.models.weights.UnreadWeights;

/**
 * A decoder whose weights have not been read: its structure and sizes.
 *
 * @param model cannot compute
 * @param weights what it asked for
 */
public record UnreadDecoder(DecoderModel model, UnreadWeights weights) {}
