/** The {@code lora} command line: one class for each command. */
package io.github.lora4j.cli;
