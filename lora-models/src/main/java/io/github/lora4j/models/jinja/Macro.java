package io.github.lora4j.models.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A macro with the scope it was defined in; a call gives its text. */
record Macro(String name, Stmt.Signature signature, List<Stmt> body, Scope scope)
    implements Function {

  @Override
  public Object call(Args args) {
    Render render = args.render();
    render.enter();
    List<String> names = signature.names();
    Map<String, Object> named = new LinkedHashMap<>(args.named());
    Scope inner = new Scope(scope);
    for (int i = 0; i < names.size(); i++) {
      String parameter = names.get(i);
      if (i < args.positional().size()) {
        if (named.containsKey(parameter)) {
          throw new JinjaException(name + " got '" + parameter + "' twice");
        }
        inner.set(parameter, args.positional().get(i));
      } else if (named.containsKey(parameter)) {
        inner.set(parameter, named.remove(parameter));
      } else if (signature.defaults().containsKey(parameter)) {
        inner.set(parameter, signature.defaults().get(parameter).eval(inner, render));
      } else {
        inner.set(parameter, new Undefined("parameter '" + parameter + "' was not provided"));
      }
    }
    if (named.containsKey("caller")) {
      inner.set("caller", named.remove("caller"));
    }
    int known = Math.min(names.size(), args.positional().size());
    List<Object> more = args.positional().subList(known, args.positional().size());
    if (!more.isEmpty() && !signature.varargs()) {
      throw new JinjaException(
          name + " takes " + names.size() + " arguments, not " + args.positional().size());
    }
    if (!named.isEmpty() && !signature.kwargs()) {
      throw new JinjaException(
          name + " has no argument '" + named.keySet().iterator().next() + "'");
    }
    inner.set("varargs", new Tuple(new ArrayList<>(more)));
    inner.set("kwargs", new LinkedHashMap<Object, Object>(named));
    Output out = new Output(render);
    Stmt.runAll(body, inner, out);
    render.leave();
    return out.text();
  }
}
