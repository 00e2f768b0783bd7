/** How the weights of a checkpoint become the frozen matrices of a model. */
package io.github.lora4j.models.weights;
