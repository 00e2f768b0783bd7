/** Qwen2, Qwen2.5 and Qwen3. */
package io.github.lora4j.models.qwen;
