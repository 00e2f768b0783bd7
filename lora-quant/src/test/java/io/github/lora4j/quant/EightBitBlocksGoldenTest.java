package io.github.lora4j.quant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.lora4j.checkpoint.SafetensorsFile;
import io.github.lora4j.eightbit.EightBitBlocks;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Codes, scales and dequantized values are those of bitsandbytes, bit for bit. */
class EightBitBlocksGoldenTest {
  static Stream<JsonNode> cases() {
    List<JsonNode> cases = new ArrayList<>();
    GoldenQuant.json("eight_bit.json").get("cases").forEach(cases::add);
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void asThePeer(JsonNode entry) {
    int size = entry.get("block_size").asInt();
    try (SafetensorsFile file = GoldenQuant.open("eight_bit.safetensors")) {
      EightBitBlocks blocks = EightBitBlocks.quantize(file.readFloat32("weights"), size);
      assertArrayEquals(GoldenQuant.bytes(file, size + "/codes"), blocks.codes());
      assertArrayEquals(file.readFloat32(size + "/absmax"), blocks.absmax(), 0f);
      assertEquals(entry.get("crc").asLong(), GoldenQuant.crc(blocks.dequantize()));
    }
  }
}
