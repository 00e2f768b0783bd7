/** Sequence classification: training, prediction and evaluation. */
package io.github.lora4j.models.classify;
