/**
 * Output that is constrained to a JSON schema: which tokens may come next, so that whatever is
 * generated parses and validates. The schema becomes a pushdown automaton over bytes; the tokens of
 * a vocabulary are a trie of bytes that is walked against it.
 */
package io.github.lora4j.models.constrain;
