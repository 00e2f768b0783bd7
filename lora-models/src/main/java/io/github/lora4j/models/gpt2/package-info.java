/** GPT-2. */
package io.github.lora4j.models.gpt2;
