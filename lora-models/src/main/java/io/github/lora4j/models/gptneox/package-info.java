/** GPT-NeoX and Pythia. */
package io.github.lora4j.models.gptneox;
