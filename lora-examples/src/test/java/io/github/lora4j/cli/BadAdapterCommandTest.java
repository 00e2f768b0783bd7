package io.github.lora4j.cli;

import io.github.lora4j.checkpoint.SafetensorsWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.StringJoiner;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Adapters that are damaged, or no adapters of the model, end a command with one clear line. */
class BadAdapterCommandTest {
  private static final String MODULE = "model.layers.0.self_attn.q_proj";
  private static final String A = "base_model.model." + MODULE + ".lora_A.weight";
  private static final String B = "base_model.model." + MODULE + ".lora_B.weight";

  @TempDir private static Path shared;
  private static Path model;

  @TempDir private Path folder;
  private Path adapter;
  private Path weights;

  @BeforeAll
  static void writeModel() throws IOException {
    model = TinyLlama.write(shared.resolve("base"));
  }

  @BeforeEach
  void writeConfig() throws IOException {
    adapter = Files.createDirectory(folder.resolve("bad"));
    Files.writeString(
        adapter.resolve("adapter_config.json"),
        "{\"peft_type\": \"LORA\", \"r\": 2, \"lora_alpha\": 2, \"target_modules\": [\"q_proj\"]}");
    weights = adapter.resolve("adapter_model.safetensors");
  }

  private Run generate() {
    return Run.of(
        "generate",
        "--model",
        model,
        "--adapter",
        adapter,
        "--prompt",
        "hello",
        "--max-new-tokens",
        "2",
        "--json");
  }

  private static void add(SafetensorsWriter writer, String name, float value, long... shape) {
    float[] values = new float[(int) (shape[0] * shape[1])];
    Arrays.fill(values, value);
    writer.addFloat32(name, List.of(shape[0], shape[1]), values);
  }

  private void pair(float value, int in, int rank) {
    SafetensorsWriter writer = new SafetensorsWriter();
    add(writer, A, value, rank, in);
    add(writer, B, value, TinyLlama.HIDDEN, rank);
    writer.write(weights);
  }

  @Test
  void theAdapterByItselfIsGood() {
    pair(0.1f, TinyLlama.HIDDEN, 2);
    generate().json();
  }

  @Test
  void ofAnotherShapeOrRank() {
    pair(0.1f, 24, 2);
    generate()
        .fails(1, "adapter 'bad', module '" + MODULE + "': made for a weight of 16 x 24, the base");
    pair(0.1f, TinyLlama.HIDDEN, 3);
    generate().fails(1, weights + ": tensor '" + A + "'", "the configuration says rank 2");
  }

  @Test
  void withAMissingHalf() {
    SafetensorsWriter onlyA = new SafetensorsWriter();
    add(onlyA, A, 1, 2, 16);
    onlyA.write(weights);
    generate().fails(1, weights + ": tensor '" + A + "'", "the other half '" + B + "' is missing");
    SafetensorsWriter onlyB = new SafetensorsWriter();
    add(onlyB, B, 1, 16, 2);
    onlyB.write(weights);
    generate().fails(1, weights + ": tensor '" + B + "'", "the other half '" + A + "' is missing");
  }

  @Test
  void withNumbersThatAreNotFinite() {
    pair(Float.NaN, TinyLlama.HIDDEN, 2);
    generate().fails(1, weights + ": tensor '" + A + "': value NaN at index 0 is not finite");
    pair(Float.NEGATIVE_INFINITY, TinyLlama.HIDDEN, 2);
    generate().fails(1, weights + ": tensor '" + A + "': value -Infinity at index 0");
  }

  /** A sparse file of at least ten gigabytes, and of more than the heap may hold. */
  @Test
  void ofTenGigabytes() throws IOException {
    long part = 4L << 30;
    long parts = Math.max(10L << 30, Runtime.getRuntime().maxMemory()) / part + 1;
    StringJoiner header = new StringJoiner(",", "{", "}");
    for (long i = 0; i < parts; i++) {
      header.add(
          "\"base_model.model.x%d\": {\"dtype\": \"F32\", \"shape\": [4, %d], \"data_offsets\": [%d, %d]}"
              .formatted(i, part / 16, i * part, (i + 1) * part));
    }
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer start = ByteBuffer.allocate(8 + json.length).order(ByteOrder.LITTLE_ENDIAN);
    start.putLong(json.length).put(json).flip();
    try (SeekableByteChannel channel =
        Files.newByteChannel(
            weights,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE,
            StandardOpenOption.SPARSE)) {
      channel.write(start);
      channel.position(8 + json.length + parts * part - 1).write(ByteBuffer.allocate(1));
    }
    generate()
        .fails(1, "adapter 'bad' takes " + parts * part + " bytes", weights + " was not read");
  }

  @Test
  void ofANameThatIsTaken() {
    pair(0.1f, TinyLlama.HIDDEN, 2);
    Run.of(
            "predict",
            "--model",
            model,
            "--adapter",
            adapter,
            "--adapter",
            "bad=" + adapter,
            "--input",
            adapter.resolve("adapter_config.json"),
            "--output",
            folder.resolve("out"))
        .fails(2, "two adapters are named 'bad'; use NAME=DIR");
  }
}
