package io.github.lora4j.adapter;

/**
 * Which modules of a base turn tokens into vectors and vectors into tokens.
 *
 * @param embeddings the token embeddings
 * @param head the output layer, or null
 * @param tied whether the output layer has the weight of the embeddings
 */
public record TokenTables(String embeddings, String head, boolean tied) {}
