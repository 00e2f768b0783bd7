package io.github.lora4j.models.encoder;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lora4j.models.bert.GoldenBert;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The golden tiny BERT as a directory of Hugging Face, with a tokenizer of a few words. */
public final class TinyModel {
  private static final List<String> VOCABULARY =
      List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "bad", "very", "the", "film", "was");

  private TinyModel() {}

  /** Writes config, weights and tokenizer. */
  public static Path write(Path directory) throws IOException {
    return write("bert-tiny", directory);
  }

  /** The same of another golden model. */
  public static Path write(String golden, Path directory) throws IOException {
    Files.createDirectories(directory);
    for (String file : List.of("config.json", "model.safetensors")) {
      Files.copy(GoldenBert.directory(golden).resolve(file), directory.resolve(file));
    }
    writeTokenizer(directory, VOCABULARY);
    return directory;
  }

  /** Writes a tokenizer of whole words, lower case, between [CLS] and [SEP]. */
  static void writeTokenizer(Path directory, List<String> vocabulary) throws IOException {
    Map<String, Integer> ids = new LinkedHashMap<>();
    vocabulary.forEach(word -> ids.put(word, ids.size()));
    String json =
        """
        {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
         "normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "Whitespace"},
         "post_processor": {"type": "TemplateProcessing",
           "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}},
                      {"Sequence": {"id": "A", "type_id": 0}},
                      {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
           "pair": [{"Sequence": {"id": "A", "type_id": 0}},
                    {"Sequence": {"id": "B", "type_id": 1}}],
           "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
                              "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}},
         "decoder": null,
         "model": {"type": "WordLevel", "unk_token": "[UNK]", "vocab": VOCAB}}
        """
            .replace("VOCAB", new ObjectMapper().writeValueAsString(ids));
    Files.writeString(directory.resolve("tokenizer.json"), json);
  }
}
