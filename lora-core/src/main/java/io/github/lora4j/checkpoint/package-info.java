/**
 * Checkpoint files: named tensors read from disk with every header field checked, and safetensors
 * written so that a failure leaves the old file whole.
 */
package io.github.lora4j.checkpoint;
