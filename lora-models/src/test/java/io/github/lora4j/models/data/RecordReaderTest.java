package io.github.lora4j.models.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordReaderTest {

  @TempDir Path folder;

  @Test
  void keepsJsonFieldsAsTheyAre() throws IOException {
    String line =
        "{\"z\":1.10,\"text\":\"a\",\"n\":null,\"big\":12345678901234567890123,\"o\":{\"k\":[1]}}";
    Path file = Files.writeString(folder.resolve("d.jsonl"), line + "\n");
    assertEquals(line, RecordReader.readAll(file).get(0).fields().toString());
  }

  @Test
  void keepsColumnsInTheirOrder() throws IOException {
    Path file = Files.writeString(folder.resolve("d.csv"), "z, text ,a\n01,x,\n");
    DataRecord record = RecordReader.readAll(file).get(0);
    assertEquals("{\"z\":\"01\",\"text\":\"x\",\"a\":\"\"}", record.fields().toString());
    assertEquals("x", record.text("text"));
    assertEquals(2, record.line());
  }

  @Test
  void givesNullAfterTheLastRecord() throws IOException {
    for (String name : List.of("d.jsonl", "d.csv")) {
      String content = name.endsWith("csv") ? "text\na\n" : "{\"text\":\"a\"}\n";
      Path file = Files.writeString(folder.resolve(name), content);
      try (RecordReader reader = RecordReader.open(file)) {
        assertEquals("a", reader.next().text("text"));
        assertNull(reader.next());
        assertNull(reader.next());
      }
    }
  }

  @Test
  void goodRecordsComeBeforeABadOne() throws IOException {
    Path file = Files.writeString(folder.resolve("d.jsonl"), "{\"text\":\"a\"}\n{\n");
    try (RecordReader reader = RecordReader.open(file)) {
      assertEquals("a", reader.next().text("text"));
      assertThrows(DataException.class, reader::next);
    }
  }
}
