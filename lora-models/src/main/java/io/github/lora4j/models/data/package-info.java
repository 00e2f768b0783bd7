/**
 * Reading of training, evaluation and input files: JSONL, CSV and TSV, strict UTF-8, every error
 * with its file and line.
 */
package io.github.lora4j.models.data;
