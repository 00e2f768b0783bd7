/** RoBERTa: BERT's encoder with positions that begin behind the padding index. */
package io.github.lora4j.models.roberta;
