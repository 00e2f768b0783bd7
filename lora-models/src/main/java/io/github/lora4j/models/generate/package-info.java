/** How the next token is chosen from a model's logits, independent of the model. */
package io.github.lora4j.models.generate;
