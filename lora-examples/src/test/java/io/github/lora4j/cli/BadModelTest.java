package io.github.lora4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lora4j.checkpoint.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Language models that are damaged, and input that does not fit them, end as one clear line. */
class BadModelTest {
  private static final Path GGUF = Path.of("../lora-models/src/test/resources/golden/gguf");
  private static final String QUERY = "model.layers.0.self_attn.q_proj.weight";

  @TempDir private Path folder;
  private Path model;

  @BeforeEach
  void write() throws IOException {
    model = TinyLlama.write(folder.resolve("tiny"));
  }

  private Run generate(Object... more) {
    Object[] args = {"generate", "--model", model, "--prompt", "hello", "--max-new-tokens", "4"};
    Object[] all = Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return Run.of(all);
  }

  @Test
  void theModelByItselfIsGood() {
    assertEquals(4, generate("--json").json().get("generated_tokens").asInt());
  }

  @Test
  void aMissingShard() throws IOException {
    Files.delete(model.resolve("model.safetensors"));
    Files.writeString(
        model.resolve("model.safetensors.index.json"),
        "{\"weight_map\": {\"" + QUERY + "\": \"model-00001-of-00002.safetensors\"}}");
    generate()
        .fails(
            1,
            model.resolve("model.safetensors.index.json")
                + ": shard 'model-00001-of-00002.safetensors' is missing");
  }

  @Test
  void aWrongShape() {
    Map<String, List<Long>> shapes = TinyLlama.shapes();
    shapes.put(QUERY, List.of(16L, 8L));
    TinyLlama.weights(model.resolve("model.safetensors"), shapes, DType.BF16, null, 1);
    generate()
        .fails(
            1,
            model.resolve("model.safetensors")
                + ": tensor '"
                + QUERY
                + "': has shape [16, 8], config.json says [16, 16]");
  }

  @Test
  void aMissingTensor() {
    Map<String, List<Long>> shapes = TinyLlama.shapes();
    shapes.remove(QUERY);
    TinyLlama.weights(model.resolve("model.safetensors"), shapes, DType.BF16, null, 1);
    generate().fails(1, "model.safetensors: tensor '" + QUERY + "': is missing");
  }

  @Test
  void aWrongType() {
    TinyLlama.weights(model.resolve("model.safetensors"), TinyLlama.shapes(), DType.I16, null, 1);
    generate().fails(1, "model.safetensors: tensor 'model.", "has dtype I16");
  }

  /** Weights in the mapped file are not searched when a model is opened. */
  @Test
  void aWeightThatIsNotFinite() {
    TinyLlama.weights(model.resolve("model.safetensors"), TinyLlama.shapes(), DType.BF16, QUERY, 1);
    generate()
        .fails(
            1,
            "logits are not finite: the weight of 'model.layers.0.self_attn.q_proj' is NaN at row"
                + " 2, column 3");
    generate("--dtype", "float32")
        .fails(1, "model.safetensors: tensor '" + QUERY + "': value NaN at index 35");
  }

  @Test
  void anUnknownArchitecture() throws IOException {
    TinyLlama.config(model, "mamba");
    generate()
        .fails(1, model.resolve("config.json").toString(), "model_type", "mamba", "llama", "qwen3");
    model = folder.resolve("mamba.gguf");
    Files.write(model, replaced(GGUF.resolve("llama.gguf"), "llama", "mamba"));
    generate().fails(1, model + ": general.architecture is 'mamba'; known are llama,", "gptneox");
  }

  private static byte[] replaced(Path file, String old, String other) throws IOException {
    String text = Files.readString(file, StandardCharsets.ISO_8859_1);
    int at = text.indexOf(old, text.indexOf("general.architecture"));
    return (text.substring(0, at) + other + text.substring(at + old.length()))
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void aTruncatedGguf() throws IOException {
    byte[] whole = Files.readAllBytes(GGUF.resolve("llama.gguf"));
    model = folder.resolve("cut.gguf");
    for (int length : new int[] {0, 10, 100, whole.length / 2, whole.length - 1}) {
      Files.write(model, Arrays.copyOf(whole, length));
      generate().fails(1, model + ": ");
    }
  }

  /** At byte 8 the number of tensors, at 16 that of metadata, at 24 the length of the first key. */
  @ParameterizedTest
  @CsvSource({"8,metadata values are more than", "16,metadata values are more than", "24,past"})
  void absurdCounts(int at, String problem) throws IOException {
    byte[] content = Files.readAllBytes(GGUF.resolve("llama.gguf"));
    ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).putLong(at, Long.MAX_VALUE - 7);
    model = folder.resolve("absurd.gguf");
    Files.write(model, content);
    generate().fails(1, model + ": ", problem);
  }

  @Test
  void aPromptThatIsTooLong() {
    Run.of("generate", "--model", model, "--prompt", "long ".repeat(100))
        .fails(1, "tokens, which leaves no room in the context of 64");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{{ raise_exception('only tools') }};line 1: only tools",
        "{% if %};line 1: unexpected '%}'",
        "{{ messages | shout }};shout"
      })
  void aChatTemplateThatFails(String template, String problem) throws IOException {
    Path file = Files.writeString(model.resolve("chat_template.jinja"), template);
    Run run = generate().fails(1, "lora: " + file + ": ", problem);
    assertEquals(-1, run.err().indexOf("unexpected io."), run.err());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{'type': 'string', 'minLength': 3, 'maxLength': 2};'minLength' is 3, 'maxLength' is 2",
        "{'enum': []};no value of 'enum'",
        "{'type': 'object', 'properties': {'a': false}, 'required': ['a']};#/properties/a: is required, but false",
        "{'type': 'integer', 'minimum': 3, 'maximum': 2};no integer is within its bounds",
        "{'type': ;not valid JSON"
      },
      quoteCharacter = '"')
  void aSchemaThatNothingSatisfies(String schema, String problem) throws IOException {
    Path file = Files.writeString(folder.resolve("schema.json"), schema.replace('\'', '"'));
    generate("--json-schema", file).fails(1, "lora: " + file, problem);
  }
}
