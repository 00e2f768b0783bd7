package io.github.lora4j.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds the bundled demo reviews to what {@code docs/demo-data.md} says about them. */
class DemoDataTest {

  private static final Set<String> SENTIMENTS = Set.of("negative", "positive");
  private static final Set<String> ASPECTS =
      Set.of("delivery", "design", "price", "quality", "service", "usability");
  private static final Set<String> DOMAINS =
      Set.of(
          "app",
          "clothing",
          "coffee-machine",
          "cosmetics",
          "furniture",
          "headphones",
          "hotel",
          "kitchen",
          "laptop",
          "online-shop",
          "phone",
          "restaurant",
          "shoes",
          "toy",
          "travel",
          "vacuum");

  record Review(String text, String sentiment, String aspect, String domain) {}

  private final List<Review> train = read("reviews-train.jsonl");
  private final List<Review> test = read("reviews-test.jsonl");

  @Test
  void everyPairOfLabelsHasTheSameNumberOfTexts() {
    assertPairs(train, 40);
    assertPairs(test, 10);
  }

  @Test
  void labelsAndDomainsAreOfTheFixedSets() {
    for (List<Review> split : List.of(train, test)) {
      assertEquals(SENTIMENTS, split.stream().map(Review::sentiment).collect(Collectors.toSet()));
      assertEquals(ASPECTS, split.stream().map(Review::aspect).collect(Collectors.toSet()));
      assertEquals(DOMAINS, split.stream().map(Review::domain).collect(Collectors.toSet()));
    }
  }

  @Test
  void textsAreShortAndTrimmed() {
    for (Review r : all()) {
      assertEquals(r.text().strip(), r.text());
      int words = r.text().split("\\s+").length;
      assertTrue(words >= 8 && words <= 30, () -> words + " words: " + r.text());
    }
  }

  @Test
  void noTextOccursTwiceInOrAcrossTheSplits() {
    Map<String, String> seen = new HashMap<>();
    for (Review r : all()) {
      String earlier = seen.put(String.join(" ", words(r.text())), r.text());
      assertTrue(earlier == null, () -> "twice: " + r.text() + " / " + earlier);
    }
  }

  @Test
  void noTwoTextsShareMostOfTheirWords() {
    List<Review> all = all();
    List<Set<String>> sets = new ArrayList<>();
    all.forEach(r -> sets.add(new HashSet<>(words(r.text()))));
    for (int i = 0; i < sets.size(); i++) {
      for (int j = 0; j < i; j++) {
        Set<String> shared = new HashSet<>(sets.get(i));
        shared.retainAll(sets.get(j));
        int union = sets.get(i).size() + sets.get(j).size() - shared.size();
        String pair = all.get(i).text() + " / " + all.get(j).text();
        assertTrue((double) shared.size() / union <= 0.6, () -> "near-duplicates: " + pair);
      }
    }
  }

  private static void assertPairs(List<Review> split, int each) {
    Map<String, Long> counts =
        split.stream()
            .collect(
                Collectors.groupingBy(
                    r -> r.aspect() + "/" + r.sentiment(), Collectors.counting()));
    Map<String, Long> expected = new HashMap<>();
    ASPECTS.forEach(a -> SENTIMENTS.forEach(s -> expected.put(a + "/" + s, (long) each)));
    assertEquals(expected, counts);
  }

  private List<Review> all() {
    return Stream.concat(train.stream(), test.stream()).toList();
  }

  private static List<String> words(String text) {
    return Stream.of(text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}]+"))
        .filter(w -> !w.isEmpty())
        .toList();
  }

  private static List<Review> read(String name) {
    ObjectMapper json =
        new ObjectMapper()
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    List<Review> reviews = new ArrayList<>();
    try (InputStream in = DemoDataTest.class.getResourceAsStream(name)) {
      assertNotNull(in, name);
      // A decoder made by hand stops at bytes that are not UTF-8 instead of replacing them.
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        reviews.add(json.readValue(line, Review.class));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(name + ", line " + (reviews.size() + 1), e);
    }
    return reviews;
  }
}
