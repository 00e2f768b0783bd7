package io.github.lora4j.models.jinja;

/** {@code '{} {0} {name}'.format(...)}, without format specifications. */
final class BraceFormat {
  private BraceFormat() {}

  static String apply(String format, Args args) {
    StringBuilder out = new StringBuilder();
    int next = 0;
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if ((c == '{' || c == '}') && i + 1 < format.length() && format.charAt(i + 1) == c) {
        out.append(c);
        i++;
      } else if (c == '{') {
        int end = format.indexOf('}', i);
        String field = end < 0 ? null : format.substring(i + 1, end);
        if (field == null || !field.matches("\\w*")) {
          throw new JinjaException("the format '" + format + "' is not supported");
        }
        boolean position = field.matches("\\d{0,4}");
        int index = !position ? 0 : field.isEmpty() ? next++ : Integer.parseInt(field);
        boolean known =
            position ? index < args.positional().size() : args.named().containsKey(field);
        if (!known) {
          throw new JinjaException("the format '" + format + "' has no value for {" + field + "}");
        }
        out.append(Py.str(position ? args.positional().get(index) : args.named().get(field)));
        args.render().checkLength(out.length());
        i = end;
      } else if (c == '}') {
        throw new JinjaException("a single '}' in the format '" + format + "'");
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }
}
