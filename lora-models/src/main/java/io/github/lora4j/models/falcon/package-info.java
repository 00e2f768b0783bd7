/** Falcon. */
package io.github.lora4j.models.falcon;
