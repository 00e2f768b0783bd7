/** The BERT family of encoders. */
package io.github.lora4j.models.bert;
