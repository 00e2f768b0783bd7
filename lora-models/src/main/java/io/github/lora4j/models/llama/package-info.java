/** Llama 2 and 3. */
package io.github.lora4j.models.llama;
