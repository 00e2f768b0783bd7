package io.github.lora4j.models.constrain;

/** The bytes that each token of a vocabulary stands for in the text of an output. */
@FunctionalInterface
public interface TokenBytes {

  /** The bytes of a token: UTF-8, or a part of a character; none for special tokens. */
  byte[] bytes(int id);
}
