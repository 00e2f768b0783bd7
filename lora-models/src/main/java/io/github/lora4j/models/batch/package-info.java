/** Dividing ragged batches among threads. */
package io.github.lora4j.models.batch;
