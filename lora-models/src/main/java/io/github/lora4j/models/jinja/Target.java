package io.github.lora4j.models.jinja;

import java.util.List;

/** What a value is given to: a name, an attribute of a namespace, or several of them. */
interface Target {
  void assign(Object value, Scope scope);

  /** A name of the current scope. */
  record Variable(String name) implements Target {
    @Override
    public void assign(Object value, Scope scope) {
      scope.set(name, value);
    }
  }

  /** An attribute of a namespace. */
  record Attribute(String namespace, String name) implements Target {
    @Override
    public void assign(Object value, Scope scope) {
      Object holder = scope.get(namespace);
      if (!(holder instanceof Namespace of)) {
        throw new JinjaException("'" + namespace + "' is not a namespace, its attributes stay");
      }
      of.set(name, value);
    }
  }

  /** Several targets for the elements of a value. */
  record Several(List<Target> targets) implements Target {
    @Override
    public void assign(Object value, Scope scope) {
      List<?> items = Py.list(value, null);
      if (items.size() != targets.size()) {
        throw new JinjaException(items.size() + " values for " + targets.size() + " names");
      }
      for (int i = 0; i < targets.size(); i++) {
        targets.get(i).assign(items.get(i), scope);
      }
    }
  }
}
