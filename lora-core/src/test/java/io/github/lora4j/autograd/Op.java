package io.github.lora4j.autograd;

import java.util.Map;

/** An operation of the tape over named inputs. */
@FunctionalInterface
interface Op {
  Var apply(Tape tape, Map<String, Var> in);
}
