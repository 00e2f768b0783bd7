/** The training loop: what is trained is a task, how is a configuration. */
package io.github.lora4j.train;
