package io.github.lora4j.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Small safetensors files, valid and damaged, by what is wrong with them. */
final class HeaderCases {

  private HeaderCases() {}

  /** Files that are valid. */
  static Map<String, byte[]> valid() {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("one", file("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8));
    files.put(
        "two-unsorted",
        file(
            "{\"__metadata__\":{\"format\":\"pt\"},"
                + "\"b\":{\"dtype\":\"BF16\",\"shape\":[2,2],\"data_offsets\":[8,16]},"
                + "\"a\":{\"data_offsets\":[0,8],\"shape\":[],\"dtype\":\"F64\"}}   ",
            16));
    files.put(
        "empty-tensor",
        file(
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[0,3],\"data_offsets\":[0,0]},"
                + "\"b\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[0,2]}}",
            2));
    files.put("no-tensors", file("{}", 0));
    return files;
  }

  /** Files that are damaged, with a word that the message must have after a space. */
  static Map<String, byte[]> damaged() {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("empty-file at least 8", new byte[0]);
    files.put("short-length at least 8", new byte[7]);
    files.put("length-past-end past the end", withLength(1000, "{}", 0));
    files.put("length-over-limit over the limit", withLength(100_000_001, "{}", 0));
    files.put("length-negative over the limit", withLength(-1, "{}", 0));
    files.put("length-zero begin", withLength(0, "", 0));
    files.put("not-object begin", file("[1]", 0));
    files.put("leading-space begin", file(" {}", 0));
    files.put("truncated-json JSON", file("{\"a\":{\"dtype\":", 0));
    files.put("two-objects goes on", file("{}{}", 0));
    files.put("bad-utf8 UTF-8", badUtf8());
    files.put("deep instead of", file("{\"a\":" + "[".repeat(5000), 0));
    files.put("deep-metadata instead of", file("{\"__metadata__\":{\"a\":{\"b\":\"c\"}}}", 0));
    files.put("metadata-number instead of", file("{\"__metadata__\":{\"a\":1}}", 0));
    files.put("tensor-array instead of", file("{\"a\":[]}", 0));
    files.put(
        "duplicate-tensor JSON", file("{" + t("[2]", "[0,8]") + "," + t("[2]", "[0,8]") + "}", 8));
    files.put(
        "duplicate-field JSON",
        file(
            "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
            8));
    files.put(
        "unknown-dtype not known",
        file("{\"a\":{\"dtype\":\"F33\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8));
    files.put(
        "unknown-field unknown field",
        file("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}}", 8));
    files.put(
        "no-shape 'shape' is missing",
        file("{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", 8));
    files.put(
        "no-dtype 'dtype' is missing", file("{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}", 8));
    files.put(
        "no-offsets 'data_offsets' is missing",
        file("{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8));
    files.put("shape-negative out of range", tensor("[-2]", "[0,8]", 8));
    files.put("shape-float instead of", tensor("[2.0]", "[0,8]", 8));
    files.put("shape-string instead of", tensor("[\"2\"]", "[0,8]", 8));
    files.put("shape-huge out of range", tensor("[99999999999999999999]", "[0,8]", 8));
    files.put("shape-overflow too large", tensor("[4294967296,4294967296]", "[0,8]", 8));
    files.put("shape-overflow-to-zero too large", tensor("[4611686018427387904,4]", "[0,0]", 0));
    files.put("shape-size-overflow too large", tensor("[4611686018427387904]", "[0,0]", 0));
    files.put("shape-rank more than 64", tensor("[" + "1,".repeat(64) + "2]", "[0,8]", 8));
    files.put("offsets-one 2", tensor("[2]", "[8]", 8));
    files.put("offsets-three more than 2", tensor("[2]", "[0,8,8]", 8));
    files.put("offsets-reversed not within", tensor("[2]", "[8,0]", 8));
    files.put("offsets-past-end not within", tensor("[2]", "[0,8]", 4));
    files.put(
        "offsets-huge not within", tensor("[2]", "[9223372036854775800,9223372036854775807]", 8));
    files.put("offsets-length span", tensor("[3]", "[0,8]", 8));
    files.put("hole-at-start hole", tensor("[2]", "[4,12]", 12));
    files.put("rest-uncovered but the file has", tensor("[2]", "[0,8]", 12));
    files.put(
        "overlap overlaps",
        file(
            "{"
                + t("[2]", "[0,8]")
                + ",\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}",
            12));
    files.put(
        "shared overlaps",
        file(
            "{"
                + t("[2]", "[0,8]")
                + ",\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
            8));
    files.put(
        "hole-between hole",
        file(
            "{"
                + t("[2]", "[0,8]")
                + ",\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[12,16]}}",
            16));
    return files;
  }

  private static String t(String shape, String offsets) {
    return "\"a\":{\"dtype\":\"F32\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
  }

  private static byte[] tensor(String shape, String offsets, int data) {
    return file("{" + t(shape, offsets) + "}", data);
  }

  private static byte[] badUtf8() {
    byte[] file = tensor("[2]", "[0,8]", 8);
    file[10] = (byte) 0xff;
    return file;
  }

  /** A file with this header and so many bytes of data, 1, 2, 3 and so on. */
  static byte[] file(String json, int data) {
    return withLength(json.getBytes(StandardCharsets.UTF_8).length, json, data);
  }

  private static byte[] withLength(long length, String json, int data) {
    byte[] header = json.getBytes(StandardCharsets.UTF_8);
    ByteBuffer buffer =
        ByteBuffer.allocate(8 + header.length + data).order(ByteOrder.LITTLE_ENDIAN);
    buffer.putLong(length).put(header);
    for (int i = 1; i <= data; i++) {
      buffer.put((byte) i);
    }
    return buffer.array();
  }
}
