/** Reading the {@code config.json} of models. */
package io.github.lora4j.models.config;
