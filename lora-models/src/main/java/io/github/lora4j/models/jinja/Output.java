package io.github.lora4j.models.jinja;

/** The text of a rendering, or of a part of it. */
final class Output {
  private final StringBuilder text = new StringBuilder();
  private final Render render;

  Output(Render render) {
    this.render = render;
  }

  void add(String part) {
    render.checkTotal((long) text.length() + part.length());
    text.append(part);
  }

  Render render() {
    return render;
  }

  String text() {
    render.spend(text.length() / 16);
    return text.toString();
  }
}
