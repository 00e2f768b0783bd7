/** What LoRA is to be: PEFT's configuration, and the modules that it selects. */
package io.github.lora4j.lora;
