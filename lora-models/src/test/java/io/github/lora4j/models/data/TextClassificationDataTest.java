package io.github.lora4j.models.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextClassificationDataTest {

  @TempDir Path folder;

  private Path write(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  private void assertRefused(String expected, String name, String content) throws IOException {
    Path file = write(name, content);
    assertEquals(
        file + expected,
        assertThrows(DataException.class, () -> TextClassificationData.read(file)).getMessage());
  }

  @Test
  void readsJsonl() throws IOException {
    Path file =
        write(
            "d.jsonl",
            """
            {"id": 1, "text": "good\\nthing", "label": "pos"}

            {"text": " caf\u00e9 \\ud83d\\ude00 ", "label": " neg "}
            {"text": "n", "label": 0}
            {"text": "b", "label": true}
            """);
    TextClassificationData data = TextClassificationData.read(file);
    assertEquals(
        List.of(
            new LabeledText("good\nthing", "pos", 1),
            new LabeledText(" caf\u00e9 \ud83d\ude00 ", "neg", 3),
            new LabeledText("n", "0", 4),
            new LabeledText("b", "true", 5)),
        data.rows());
    assertEquals(List.of("0", "neg", "pos", "true"), data.labels());
  }

  @Test
  void readsCsvWithQuotesAndLineBreaks() throws IOException {
    Path file =
        write(
            "d.CSV",
            "id,text,label\r\n1,\"a, \"\"b\"\"\r\nc\",pos\r\n\r\n2,\"d\"\"\",neg\r\n3, e ,pos");
    assertEquals(
        List.of(
            new LabeledText("a, \"b\"\r\nc", "pos", 2),
            new LabeledText("d\"", "neg", 5),
            new LabeledText(" e ", "pos", 6)),
        TextClassificationData.read(file).rows());
  }

  @Test
  void readsTsv() throws IOException {
    Path file = write("d.tsv", "label\ttext\npos\ta, b \"c\" d\nneg\t\"quoted\ttab\"\n");
    assertEquals(
        List.of(
            new LabeledText("a, b \"c\" d", "pos", 2), new LabeledText("quoted\ttab", "neg", 3)),
        TextClassificationData.read(file).rows());
  }

  @Test
  void theColumnsCanHaveOtherNames() throws IOException {
    Path file = write("d.csv", "review,sentiment,aspect\nbad fit,negative,size\n");
    assertEquals(
        List.of(new LabeledText("bad fit", "size", 2)),
        TextClassificationData.read(file, "review", "aspect").rows());
  }

  @Test
  void dropsTheByteOrderMark() throws IOException {
    Path csv = write("d.csv", "\ufefftext,label\na,x\n");
    assertEquals("a", TextClassificationData.read(csv).rows().get(0).text());
    Path jsonl = write("d.jsonl", "\ufeff{\"text\": \"a\", \"label\": \"x\"}\n");
    assertEquals("a", TextClassificationData.read(jsonl).rows().get(0).text());
  }

  @Test
  void refusesFilesWithoutRecords() throws IOException {
    assertRefused(": the file has no records", "d.jsonl", "");
    assertRefused(": the file has no records", "e.jsonl", "\n  \n");
    assertRefused(": the file has no records", "d.csv", "");
    assertRefused(": the file has no records", "e.csv", "text,label\n");
    assertRefused(": the file has no records", "d.tsv", "\ufeff");
  }

  @Test
  void refusesMissingFields() throws IOException {
    assertRefused(
        ", line 2: no field 'label'; the fields are 'text', 'x'",
        "d.jsonl",
        "{\"text\": \"a\", \"label\": \"p\"}\n{\"text\": \"a\", \"x\": 1}\n");
    assertRefused(
        ", line 2: no field 'text'; the fields are 'text;label'", "d.csv", "text;label\na;b\n");
    assertRefused(", line 3: has 1 columns but the header has 2", "e.csv", "text,label\na,p\nb\n");
    assertRefused(", line 2: has 3 columns but the header has 2", "f.csv", "text,label\na,b,p\n");
    assertRefused(", line 1: the header has the column 'text' twice", "g.csv", "text,text\na,b\n");
  }

  @Test
  void refusesWrongTypes() throws IOException {
    assertRefused(
        ", line 1: 'text' must be a string but is 5", "d.jsonl", "{\"text\": 5, \"label\": \"p\"}");
    assertRefused(
        ", line 1: 'text' must be a string but is null",
        "e.jsonl",
        "{\"text\": null, \"label\": \"p\"}");
    assertRefused(
        ", line 1: 'label' must be a string or a number but is [\"p\"]",
        "f.jsonl",
        "{\"text\": \"a\", \"label\": [\"p\"]}");
  }

  @Test
  void refusesEmptyTextsAndLabels() throws IOException {
    assertRefused(", line 3: 'text' is empty", "d.csv", "text,label\na,p\n\"  \",p\n");
    assertRefused(", line 2: 'label' is empty", "e.csv", "text,label\na,\n");
    assertRefused(", line 1: 'text' is empty", "d.jsonl", "{\"text\": \"\", \"label\": \"p\"}");
  }

  @Test
  void refusesMalformedJson() throws IOException {
    for (String line :
        List.of(
            "{\"text\": ",
            "text",
            "{\"text\": \"a\"} x",
            "{\"a\": 1, \"a\": 2}",
            "[".repeat(5000))) {
      Path file = write("d.jsonl", "{\"text\": \"a\", \"label\": \"p\"}\n" + line + "\n");
      String message =
          assertThrows(DataException.class, () -> TextClassificationData.read(file)).getMessage();
      assertTrue(message.startsWith(file + ", line 2: not valid JSON"), message);
      assertEquals(1, message.lines().count(), message);
    }
    assertRefused(", line 1: expected a JSON object but found ARRAY", "e.jsonl", "[1]\n");
  }

  @Test
  void refusesMalformedCsv() throws IOException {
    for (String rest : List.of("\"open,p\n", "\"a\"b,p\n")) {
      Path file = write("d.csv", "text,label\na,p\n" + rest);
      String message =
          assertThrows(DataException.class, () -> TextClassificationData.read(file)).getMessage();
      assertTrue(message.startsWith(file + ", line 3: not valid CSV: "), message);
      assertEquals(1, message.lines().count(), message);
    }
  }

  @Test
  void refusesWhatIsNotUtf8() throws IOException {
    Path csv = folder.resolve("d.csv");
    Files.write(csv, "text,label\na,p\ncaf\u00e9,p\n".getBytes(StandardCharsets.ISO_8859_1));
    assertEquals(
        csv + ", line 3: not UTF-8 (byte 0xE9 at offset 18)",
        assertThrows(DataException.class, () -> TextClassificationData.read(csv)).getMessage());
    Path jsonl = folder.resolve("d.jsonl");
    Files.write(jsonl, "{\"text\": \"a\"}\n".getBytes(StandardCharsets.UTF_16));
    assertEquals(
        jsonl + ", line 1: not UTF-8 (byte 0xFE at offset 0)",
        assertThrows(DataException.class, () -> TextClassificationData.read(jsonl)).getMessage());
    Path cut = Files.write(folder.resolve("cut.csv"), new byte[] {'a', (byte) 0xe2, (byte) 0x82});
    assertEquals(
        cut + ", line 1: not UTF-8 (byte 0xE2 at offset 1)",
        assertThrows(DataException.class, () -> TextClassificationData.read(cut)).getMessage());
  }

  @Test
  void refusesWhatIsNoDataFile() throws IOException {
    assertRefused(": expected a name that ends in .jsonl, .csv or .tsv", "d.txt", "text\n");
    Path none = folder.resolve("none.csv");
    assertEquals(
        none + ": no such file",
        assertThrows(DataException.class, () -> TextClassificationData.read(none)).getMessage());
    Path directory = Files.createDirectory(folder.resolve("x.csv"));
    assertEquals(
        directory + ": is a directory, not a file",
        assertThrows(DataException.class, () -> TextClassificationData.read(directory))
            .getMessage());
  }

  @Test
  void trainingNeedsTwoLabels() throws IOException {
    TextClassificationData one =
        TextClassificationData.read(write("d.csv", "text,label\na,p\nb,p"));
    assertEquals(
        one.file() + ": all 2 rows have the label 'p'; training needs at least two labels",
        assertThrows(DataException.class, one::trainingLabels).getMessage());
    TextClassificationData two =
        TextClassificationData.read(write("d.csv", "text,label\na,p\nb,n"));
    assertEquals(List.of("n", "p"), two.trainingLabels());
  }

  @Test
  void evaluationNeedsKnownLabels() throws IOException {
    TextClassificationData data =
        TextClassificationData.read(write("d.csv", "text,label\na,pos\nb,neutral\n"));
    assertEquals(
        data.file() + ", line 3: unknown label 'neutral'; the model knows 'neg', 'pos'",
        assertThrows(DataException.class, () -> data.requireLabels(List.of("neg", "pos")))
            .getMessage());
    data.requireLabels(List.of("neutral", "pos", "neg"));
    List<String> many = IntStream.range(0, 25).mapToObj(Integer::toString).toList();
    String message = assertThrows(DataException.class, () -> data.requireLabels(many)).getMessage();
    assertTrue(message.endsWith("'18', '19' and 5 more"), message);
  }
}
