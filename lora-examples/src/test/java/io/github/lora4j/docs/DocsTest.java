package io.github.lora4j.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.cli.Main;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Links in the documentation lead somewhere, and its commands have the options that it names. */
class DocsTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");
  private static final Pattern COMMAND = Pattern.compile("\\./lora ([a-z]+)((?: [^\n`]*)?)");
  private static final Pattern OPTION = Pattern.compile("(?<![\\w-])--[a-z][a-z-]*");
  private static final Pattern FENCE = Pattern.compile("(?ms)^```.*?^```$");

  private static Map<Path, String> pages() throws IOException {
    Map<Path, String> pages = new HashMap<>();
    try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
      for (Path page : docs.filter(file -> file.toString().endsWith(".md")).toList()) {
        pages.put(page, read(page));
      }
    }
    pages.put(ROOT.resolve("README.md"), read(ROOT.resolve("README.md")));
    return pages;
  }

  private static String read(Path page) throws IOException {
    return Files.readString(page).replace("\r\n", "\n");
  }

  @Test
  void linksLeadSomewhere() throws IOException {
    List<String> broken = new ArrayList<>();
    int links = 0;
    for (Map.Entry<Path, String> page : pages().entrySet()) {
      Matcher link = LINK.matcher(page.getValue());
      while (link.find()) {
        String target = link.group(1);
        if (!target.contains("://")) {
          links++;
          if (!leadsSomewhere(page.getKey(), target)) {
            broken.add(ROOT.relativize(page.getKey()) + ": " + target);
          }
        }
      }
    }
    assertEquals(List.of(), broken);
    assertTrue(links > 20, links + " links");
  }

  private static boolean leadsSomewhere(Path page, String target) throws IOException {
    int hash = target.indexOf('#');
    String file = hash < 0 ? target : target.substring(0, hash);
    Path path = file.isEmpty() ? page : page.resolveSibling(file).normalize();
    if (!Files.exists(path)) {
      return false;
    }
    return hash < 0 || anchors(read(path)).contains(target.substring(hash + 1));
  }

  /** The names that GitHub gives to headings. */
  private static Set<String> anchors(String page) {
    return FENCE
        .matcher(page)
        .replaceAll("")
        .lines()
        .filter(line -> line.startsWith("#"))
        .map(line -> line.replaceFirst("^#+ ", "").toLowerCase(Locale.ROOT))
        .map(heading -> heading.replaceAll("[^\\w\\- ]", "").replace(' ', '-'))
        .collect(Collectors.toSet());
  }

  @Test
  void commandsHaveTheirOptions() throws IOException {
    List<String> unknown = new ArrayList<>();
    int options = 0;
    for (Map.Entry<Path, String> page : pages().entrySet()) {
      String joined = page.getValue().replaceAll("\\\\\n\\s*", "");
      Matcher command = COMMAND.matcher(joined);
      while (command.find()) {
        Set<String> known = options(command.group(1));
        Matcher option = OPTION.matcher(command.group(2));
        while (option.find()) {
          options++;
          if (!known.contains(option.group())) {
            unknown.add(ROOT.relativize(page.getKey()) + ": " + command.group());
          }
        }
      }
    }
    assertEquals(List.of(), unknown);
    assertTrue(options > 20, options + " options");
  }

  @Test
  void everyOptionOfTrainIsExplained() throws IOException {
    Set<String> missing = new TreeSet<>(options("train"));
    String guide = read(ROOT.resolve("docs/training.md"));
    missing.removeIf(option -> guide.contains("`" + option));
    missing.removeAll(Set.of("--help", "--version"));
    assertEquals(Set.of(), missing);
  }

  private static Set<String> options(String command) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    assertEquals(0, Main.run(new String[] {command, "--help"}, stream, stream), command);
    Set<String> options = new TreeSet<>();
    Matcher option = OPTION.matcher(out.toString(StandardCharsets.UTF_8));
    while (option.find()) {
      options.add(option.group());
    }
    return options;
  }
}
