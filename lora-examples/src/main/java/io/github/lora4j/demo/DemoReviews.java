package io.github.lora4j.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lora4j.models.data.LabeledText;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * The bundled reviews. They are synthetic: written for this project, see {@code docs/demo-data.md}.
 *
 * @param train 480 reviews
 * @param test 120 reviews
 */
public record DemoReviews(List<Review> train, List<Review> test) {
  /**
   * One review.
   *
   * @param text 8 to 30 words
   * @param sentiment {@code positive} or {@code negative}
   * @param aspect the one thing it is about, such as {@code price}
   * @param domain the kind of product
   */
  public record Review(String text, String sentiment, String aspect, String domain) {}

  /** Reads the reviews from the class path. */
  public static DemoReviews load() {
    return new DemoReviews(read("reviews-train.jsonl"), read("reviews-test.jsonl"));
  }

  private static List<Review> read(String name) {
    try (InputStream in = DemoReviews.class.getResourceAsStream(name)) {
      return new ObjectMapper().readerFor(Review.class).<Review>readValues(in).readAll();
    } catch (IOException e) {
      throw new UncheckedIOException(name + ": " + e.getMessage(), e);
    }
  }

  /** Reviews as texts to train on, labelled by one of their fields. */
  public static List<LabeledText> labelled(List<Review> reviews, Function<Review, String> label) {
    List<LabeledText> texts = new ArrayList<>();
    for (Review review : reviews) {
      texts.add(new LabeledText(review.text(), label.apply(review), texts.size() + 1));
    }
    return texts;
  }
}
