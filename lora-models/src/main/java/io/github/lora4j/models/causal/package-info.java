/** Causal language models with their tokenizers: opening, generating, fine-tuning. */
package io.github.lora4j.models.causal;
