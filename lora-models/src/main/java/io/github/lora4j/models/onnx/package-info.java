/**
 * Weights out of ONNX files: the initializers of the graph under the names of the Hugging Face
 * checkpoint that the graph was exported from. The graph itself is not executed.
 */
package io.github.lora4j.models.onnx;
