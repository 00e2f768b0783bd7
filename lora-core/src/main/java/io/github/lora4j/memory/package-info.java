/** How much memory a training takes, computed from shapes before anything is allocated. */
package io.github.lora4j.memory;
