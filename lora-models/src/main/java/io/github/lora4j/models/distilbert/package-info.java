/** DistilBERT: BERT's encoder without token types, under names of its own. */
package io.github.lora4j.models.distilbert;
