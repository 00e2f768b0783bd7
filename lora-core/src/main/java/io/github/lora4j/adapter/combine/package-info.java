/** Several adapters made into one, as PEFT's {@code add_weighted_adapter} does. */
package io.github.lora4j.adapter.combine;
