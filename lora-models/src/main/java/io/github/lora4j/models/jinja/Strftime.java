package io.github.lora4j.models.jinja;

import java.time.Clock;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Python's {@code strftime} in the C locale. */
final class Strftime {
  private Strftime() {}

  static String format(String format, Clock clock) {
    ZonedDateTime now = ZonedDateTime.now(clock);
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%' || i + 1 == format.length()) {
        out.append(c);
        continue;
      }
      char code = format.charAt(++i);
      boolean unpadded = code == '-' && i + 1 < format.length();
      String part = field(unpadded ? format.charAt(++i) : code, now);
      out.append(unpadded ? part.replaceFirst("^[0 ]+(?=.)", "") : part);
    }
    return out.toString();
  }

  private static String field(char code, ZonedDateTime now) {
    String pattern =
        switch (code) {
          case 'a' -> "EEE";
          case 'A' -> "EEEE";
          case 'b', 'h' -> "MMM";
          case 'B' -> "MMMM";
          case 'c' -> "EEE MMM ppd HH:mm:ss uuuu";
          case 'd' -> "dd";
          case 'D', 'x' -> "MM/dd/uu";
          case 'e' -> "ppd";
          case 'f' -> "SSSSSS";
          case 'F' -> "uuuu-MM-dd";
          case 'H' -> "HH";
          case 'I' -> "hh";
          case 'j' -> "DDD";
          case 'm' -> "MM";
          case 'M' -> "mm";
          case 'p' -> "a";
          case 'S' -> "ss";
          case 'T', 'X' -> "HH:mm:ss";
          case 'y' -> "uu";
          case 'Y' -> "uuuu";
          case 'n' -> "'\n'";
          case 't' -> "'\t'";
          case '%' -> "'%'";
          // datetime.now() has no zone.
          case 'z', 'Z' -> "";
          default -> throw new JinjaException("strftime_now: %" + code + " is not supported");
        };
    return pattern.isEmpty()
        ? ""
        : DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(now);
  }
}
