package io.github.lora4j.models.gguf;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Small GGUF files, valid and damaged, by what is wrong with them. */
final class GgufCases {
  private GgufCases() {}

  static Map<String, byte[]> valid() {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("sample", GgufBuilder.sample().build());
    files.put("version-2", GgufBuilder.sample().version(2).build());
    files.put("empty", new GgufBuilder().build());
    files.put(
        "values",
        new GgufBuilder()
            .uint32("general.alignment", 8)
            .padding(8)
            .value("bool", 7)
            .raw((byte) 1)
            .value("strings", 9)
            .int32(8)
            .int64(2)
            .text("a")
            .text("ß")
            .value("nested", 9)
            .int32(9)
            .int64(2)
            .int32(0)
            .int64(1)
            .raw((byte) 7)
            .int32(12)
            .int64(0)
            .tensor("q", 8, 8, 32, 2)
            .tensor("f", 0, 0, 2)
            .data(8 + 68)
            .build());
    return files;
  }

  /** Files that are damaged, with what the message must have after a space. */
  static Map<String, byte[]> damaged() {
    Map<String, byte[]> files = new LinkedHashMap<>();
    byte[] sample = GgufBuilder.sample().build();
    files.put("empty-file past the end", new byte[0]);
    files.put("short past the end", Arrays.copyOf(sample, 23));
    files.put("magic not with 'GGUF'", changed(sample, 0, 'g'));
    files.put("version-1 version 1;", GgufBuilder.sample().version(1).build());
    files.put("version-4 version 4;", GgufBuilder.sample().version(4).build());
    files.put("big-endian big-endian", GgufBuilder.sample().version(3 << 24).build());
    files.put("tensor-count more than", GgufBuilder.sample().count(-2, 0).build());
    files.put("value-count more than", GgufBuilder.sample().count(0, 1L << 62).build());
    files.put("tensor-room do not fit", GgufBuilder.sample().count(1000, 0).build());
    files.put("value-room do not fit", GgufBuilder.sample().count(0, 1000).build());
    files.put("one-more-tensor has 0 dimensions", GgufBuilder.sample().count(1, 0).build());
    files.put("one-more-value has 0 dimensions", GgufBuilder.sample().count(0, 1).build());
    files.put("truncated-data past the end of the file", Arrays.copyOf(sample, sample.length - 1));
    files.put("truncated-tensor do not fit", Arrays.copyOf(sample, 80));
    files.put(
        "key-length goes past the end", new GgufBuilder().count(0, 1).int64(-1).data(32).build());
    files.put("key-utf8 not valid UTF-8", key((byte) 0xff));
    files.put("key-control control characters", key((byte) '\n'));
    files.put("key-long too long", new GgufBuilder().string("k".repeat(2000), "").build());
    files.put(
        "key-twice 'a' is there twice", new GgufBuilder().string("a", "").string("a", "").build());
    files.put(
        "value-type unknown value type 13", new GgufBuilder().value("a", 13).int64(0).build());
    files.put("value-type-large value type 4294967295", new GgufBuilder().value("a", -1).build());
    files.put(
        "string-length goes past the end", new GgufBuilder().value("a", 8).int64(1 << 30).build());
    files.put("array-count do not fit", array(4, Long.MAX_VALUE));
    files.put("array-count-strings do not fit", array(8, 1L << 40));
    files.put("array-type unknown value type 77", array(77, 1));
    files.put("array-strings goes past", array(8, 1, 0, 1, 99));
    files.put("array-deep more than 8 deep", deep());
    files.put("alignment-zero no power of two", aligned(0));
    files.put("alignment-three no power of two", aligned(3));
    files.put("alignment-huge no power of two", aligned(-1));
    files.put(
        "alignment-type not an integer",
        new GgufBuilder().string("general.alignment", "32").build());
    files.put("dimensions-none has 0 dimensions", tensor(0, 0));
    files.put("dimensions-five has 5 dimensions", tensor(0, 0, 1, 1, 1, 1, 1));
    files.put(
        "dimensions-huge has 4294967295",
        new GgufBuilder().count(1, 0).text("a").int32(-1).data(99).build());
    files.put("dimension-zero dimension of 0", tensor(0, 0, 4, 0));
    files.put("dimension-negative dimension of 18446744073709551615", tensor(0, 0, -1));
    files.put("shape-overflow has a dimension of", tensor(0, 0, 1L << 32, 1L << 32));
    files.put("bytes-overflow too large", tensor(0, 0, 1L << 62));
    files.put("blocks not whole Q4_0 blocks of 32", tensor(2, 0, 48, 2));
    files.put("offset-unaligned alignment 32", tensor(0, 16, 4));
    files.put("offset-negative no multiple", tensor(0, -1, 4));
    files.put("offset-past past the end of the file", tensor(0, 64, 4));
    files.put("offset-huge past the end of the file", tensor(0, Long.MAX_VALUE / 32 * 32, 4));
    files.put("unknown-type-past past the end of the file", tensor(99, 64, 4));
    files.put(
        "tensor-twice 'a': is there twice",
        new GgufBuilder().tensor("a", 0, 0, 4).tensor("a", 0, 32, 4).data(64).build());
    files.put(
        "overlap overlaps that of 'a'",
        new GgufBuilder().tensor("b", 0, 32, 4).tensor("a", 0, 0, 9).data(64).build());
    files.put(
        "same-place overlaps that of",
        new GgufBuilder().tensor("a", 99, 0, 4).tensor("b", 99, 0, 4).data(64).build());
    return files;
  }

  private static byte[] changed(byte[] file, int at, int value) {
    byte[] changed = file.clone();
    changed[at] = (byte) value;
    return changed;
  }

  private static byte[] key(byte content) {
    return new GgufBuilder().count(0, 1).int64(1).raw(content).int32(7).raw((byte) 0).build();
  }

  private static byte[] array(int type, long count, int... rest) {
    GgufBuilder builder = new GgufBuilder().value("a", 9).int32(type).int64(count);
    for (int value : rest) {
      builder.int32(value);
    }
    return builder.build();
  }

  private static byte[] deep() {
    GgufBuilder builder = new GgufBuilder().value("a", 9);
    for (int i = 0; i < 1000; i++) {
      builder.int32(9).int64(1);
    }
    return builder.build();
  }

  private static byte[] aligned(int alignment) {
    return new GgufBuilder().uint32("general.alignment", alignment).build();
  }

  private static byte[] tensor(int type, long offset, long... dimensions) {
    return new GgufBuilder().tensor("a", type, offset, dimensions).data(64).build();
  }
}
