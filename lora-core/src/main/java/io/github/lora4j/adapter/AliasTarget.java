package io.github.lora4j.adapter;

/** Where an alias leads, and where it led before, or null. Immutable. */
record AliasTarget(String target, String previous) {}
