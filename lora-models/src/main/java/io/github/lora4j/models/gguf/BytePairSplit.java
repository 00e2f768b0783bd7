package io.github.lora4j.models.gguf;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How a byte-level BPE vocabulary divides a text before merging: what the names in {@code
 * tokenizer.ggml.pre} stand for. Source: {@code llama-vocab.cpp} of llama.cpp, and the {@code
 * tokenizer.json} of the models.
 *
 * @param patterns each divides further what the one before it left together
 * @param composes true if texts are brought to the Unicode form NFC first
 * @param wholeFirst true if a part that is a token as a whole is not built by merges
 * @param addsBos whether texts begin with the token of the beginning where the file does not say
 */
record BytePairSplit(List<String> patterns, boolean composes, boolean wholeFirst, boolean addsBos) {
  private static final String GPT2 =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
  private static final String ENDINGS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
  private static final String LINES = "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  private static final String SYMBOLS = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*";
  private static final String WORDS = ENDINGS + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+";
  private static final String LLAMA3 = WORDS + "|\\p{N}{1,3}" + SYMBOLS + LINES;
  private static final String QWEN2 = WORDS + "|\\p{N}" + SYMBOLS + LINES;
  private static final String QWEN35 =
      ENDINGS
          + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*"
          + LINES;
  private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
  private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
  private static final String BEFORE = "[^\\r\\n\\p{L}\\p{N}]?";
  private static final String PATHS = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*";
  private static final String TEKKEN =
      BEFORE
          + UPPER
          + "*"
          + LOWER
          + "+|"
          + BEFORE
          + UPPER
          + "+"
          + LOWER
          + "*|\\p{N}"
          + PATHS
          + LINES;
  private static final String GPT4O =
      BEFORE
          + UPPER
          + "*"
          + LOWER
          + "+"
          + ENDINGS
          + "?|"
          + BEFORE
          + UPPER
          + "+"
          + LOWER
          + "*"
          + ENDINGS
          + "?|\\p{N}{1,3}"
          + PATHS
          + LINES;
  private static final String THREE_DIGITS = "[0-9][0-9][0-9]";
  private static final List<String> DEEPSEEK_CODER =
      List.of("[\\r\\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", "[一-龥ࠀ-一가-\ud7ff]+", "\\p{N}");
  private static final List<String> DEEPSEEK_V3 =
      List.of(
          "\\p{N}{1,3}",
          "[一-龥\\u3040-ゟ゠-ヿ]+",
          "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
              + "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*"
              + LINES);

  /** The name that files from before there were names stand for. */
  static final String DEFAULT = "default";

  private static final Map<String, BytePairSplit> KNOWN = new TreeMap<>();

  static {
    put(plain("[\\p{P}\\$\\+<=>\\^~\\|]+", GPT2, "\\p{N}+", THREE_DIGITS), DEFAULT);
    put(plain("[\\p{P}\\$\\+<=>\\^~\\|`]+", GPT2, THREE_DIGITS), "falcon");
    put(plain(GPT2), "gpt-2", "phi-2", "jais", "exaone4");
    put(composed(GPT2), "olmo", "mpt");
    put(plain("\\p{N}", GPT2), "starcoder", "refact", "smollm", "codeshell", "exaone");
    put(plain("\\p{N}", GPT2), "minerva-7b");
    put(composed("\\p{N}", GPT2), "command-r");
    put(
        new BytePairSplit(List.of(LLAMA3), false, true, true),
        "llama3",
        "llama-v3",
        "llama-bpe",
        "falcon3",
        "falcon-h1",
        "pixtral",
        "lfm2");
    put(plain(LLAMA3), "dbrx", "smaug-bpe", "glm4", "chatglm-bpe");
    put(composed(QWEN2), "qwen2", "deepseek-r1-qwen", "megrez");
    put(plain(QWEN2), "stablelm2");
    put(composed(QWEN35), "qwen35");
    put(new BytePairSplit(List.of(TEKKEN), false, true, true), "tekken");
    put(plain(GPT4O), "gpt-4o", "llama4", "kanana2");
    put(new BytePairSplit(DEEPSEEK_CODER, false, false, false), "deepseek-coder");
    put(new BytePairSplit(DEEPSEEK_V3, false, false, false), "deepseek-v3");
  }

  private static BytePairSplit plain(String... patterns) {
    return new BytePairSplit(List.of(patterns), false, false, false);
  }

  private static BytePairSplit composed(String... patterns) {
    return new BytePairSplit(List.of(patterns), true, false, false);
  }

  private static void put(BytePairSplit split, String... names) {
    for (String name : names) {
      KNOWN.put(name, split);
    }
  }

  /** What a name stands for, if it is known. */
  static Optional<BytePairSplit> of(String name) {
    return Optional.ofNullable(KNOWN.get(name));
  }

  /** All names. */
  static List<String> names() {
    return List.copyOf(KNOWN.keySet());
  }
}
