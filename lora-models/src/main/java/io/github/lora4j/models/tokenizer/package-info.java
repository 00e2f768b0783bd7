/** Texts to token ids with the tokenizers of Hugging Face. */
package io.github.lora4j.models.tokenizer;
