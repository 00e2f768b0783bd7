/** Tensors in files of {@code torch.save}, read without running what a pickle asks for. */
package io.github.lora4j.checkpoint.torch;
