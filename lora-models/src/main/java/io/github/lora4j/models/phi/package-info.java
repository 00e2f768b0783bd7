/** Phi-3. */
package io.github.lora4j.models.phi;
