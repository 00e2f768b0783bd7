package io.github.lora4j.models.jinja;

/**
 * What a name or an element that does not exist gives: it is false, empty and prints nothing, but
 * whatever else is done with it fails.
 *
 * @param problem the message of that failure
 */
record Undefined(String problem) {

  static Undefined name(String name) {
    return new Undefined("'" + name + "' is undefined");
  }

  static Undefined element(Object of, Object key) {
    String what = key instanceof String ? "'" + key + "'" : Py.repr(key);
    return new Undefined(
        of == null
            ? "None has no element " + what
            : "'" + Py.typeName(of) + " object' has no attribute " + what);
  }

  JinjaException error() {
    return new JinjaException(problem);
  }
}
