/** Downloads models from a Hugging Face Hub into the cache that its Python library shares. */
package io.github.lora4j.models.hub;
