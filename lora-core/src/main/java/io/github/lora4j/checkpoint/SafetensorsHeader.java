package io.github.lora4j.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The header of a safetensors file, every field checked as the official Rust library does: strict
 * JSON, known types, shapes that agree with the byte ranges, and ranges that cover the data with
 * neither hole nor overlap. Beyond that library, repeated and unknown keys are refused.
 *
 * @param tensors by name, in the order of their data, with offsets from the start of the file
 * @param metadata the strings under {@code __metadata__}, empty if there are none
 */
record SafetensorsHeader(Map<String, TensorInfo> tensors, Map<String, String> metadata) {

  /** The Rust library's limit. */
  static final long MAX_HEADER_BYTES = 100_000_000;

  static final String METADATA_KEY = "__metadata__";

  /** More dimensions than any framework has: bounds the memory of a hostile header. */
  private static final int MAX_RANK = 64;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  /**
   * Parses a header.
   *
   * @param source the file, for messages
   * @param json the bytes after the length field
   * @param fileSize the size of the whole file
   * @throws CheckpointException if anything is wrong with it
   */
  static SafetensorsHeader parse(String source, byte[] json, long fileSize) {
    if (json.length == 0 || json[0] != '{') {
      throw new CheckpointException(source, "the header does not begin with '{'");
    }
    InputStreamReader text =
        new InputStreamReader(
            new ByteArrayInputStream(json),
            StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT));
    try (JsonParser parser = JSON.createParser(text)) {
      return new Reader(source, parser, 8L + json.length, fileSize).read();
    } catch (JsonProcessingException e) {
      throw new CheckpointException(
          source, "the header is not valid JSON: " + firstLine(e.getOriginalMessage()), e);
    } catch (CharacterCodingException e) {
      throw new CheckpointException(source, "the header is not valid UTF-8", e);
    } catch (IOException e) {
      throw new CheckpointException(source, "the header cannot be read: " + e.getMessage(), e);
    }
  }

  private static String firstLine(String message) {
    return message.lines().findFirst().orElse("");
  }

  /** One pass over the JSON. */
  private record Reader(String source, JsonParser parser, long dataStart, long fileSize) {

    SafetensorsHeader read() throws IOException {
      List<TensorInfo> tensors = new ArrayList<>();
      Map<String, String> metadata = Map.of();
      expect(parser.nextToken(), JsonToken.START_OBJECT, "the header");
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        if (name.equals(METADATA_KEY)) {
          metadata = readMetadata();
        } else {
          tensors.add(readTensor(name));
        }
      }
      if (parser.nextToken() != null) {
        throw new CheckpointException(source, "the header goes on after its JSON object");
      }
      return new SafetensorsHeader(inDataOrder(tensors), metadata);
    }

    private Map<String, String> readMetadata() throws IOException {
      if (parser.currentToken() == JsonToken.VALUE_NULL) {
        return Map.of();
      }
      expect(parser.currentToken(), JsonToken.START_OBJECT, METADATA_KEY);
      Map<String, String> metadata = new LinkedHashMap<>();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String key = parser.currentName();
        expect(parser.nextToken(), JsonToken.VALUE_STRING, METADATA_KEY + "." + key);
        metadata.put(key, parser.getText());
      }
      return Collections.unmodifiableMap(metadata);
    }

    private TensorInfo readTensor(String name) throws IOException {
      expect(parser.currentToken(), JsonToken.START_OBJECT, name);
      DType dtype = null;
      List<Long> shape = null;
      List<Long> offsets = null;
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String field = parser.currentName();
        JsonToken token = parser.nextToken();
        switch (field) {
          case "dtype" -> {
            expect(token, JsonToken.VALUE_STRING, name + ".dtype");
            String typeName = parser.getText();
            dtype =
                DType.ofSafetensorsName(typeName)
                    .orElseThrow(
                        () ->
                            new CheckpointException(
                                source, name, "dtype '" + typeName + "' is not known"));
          }
          case "shape" -> shape = readNaturals(name, field, MAX_RANK);
          case "data_offsets" -> offsets = readNaturals(name, field, 2);
          default -> throw new CheckpointException(source, name, "unknown field '" + field + "'");
        }
      }
      if (dtype == null || shape == null || offsets == null) {
        String missing = dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets";
        throw new CheckpointException(source, name, "'" + missing + "' is missing");
      }
      if (offsets.size() != 2) {
        throw new CheckpointException(
            source, name, "data_offsets has " + offsets.size() + " numbers, not 2");
      }
      return checked(name, dtype, shape, offsets.get(0), offsets.get(1));
    }

    private TensorInfo checked(String name, DType dtype, List<Long> shape, long begin, long end) {
      long dataSize = fileSize - dataStart;
      if (begin > end || end > dataSize) {
        throw new CheckpointException(
            source,
            name,
            "data_offsets ["
                + begin
                + ", "
                + end
                + "] are not within the "
                + dataSize
                + " bytes of data");
      }
      long length;
      try {
        length = Math.multiplyExact(TensorInfo.product(shape), dtype.byteSize());
      } catch (ArithmeticException e) {
        throw new CheckpointException(
            source, name, "shape " + shape + " of " + dtype + " is too large");
      }
      if (length != end - begin) {
        throw new CheckpointException(
            source,
            name,
            dataStart + begin,
            dtype
                + " of shape "
                + shape
                + " takes "
                + length
                + " bytes but data_offsets span "
                + (end - begin));
      }
      return new TensorInfo(name, dtype, shape, dataStart + begin, length);
    }

    private List<Long> readNaturals(String name, String field, int limit) throws IOException {
      expect(parser.currentToken(), JsonToken.START_ARRAY, name + "." + field);
      List<Long> numbers = new ArrayList<>(2);
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        if (numbers.size() == limit) {
          throw new CheckpointException(
              source, name, field + " has more than " + limit + " numbers");
        }
        expect(parser.currentToken(), JsonToken.VALUE_NUMBER_INT, name + "." + field);
        boolean fits = parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
        if (!fits || parser.getLongValue() < 0) {
          throw new CheckpointException(
              source, name, field + " has " + parser.getText() + ", which is out of range");
        }
        numbers.add(parser.getLongValue());
      }
      return numbers;
    }

    private void expect(JsonToken token, JsonToken wanted, String where) {
      if (token != wanted) {
        throw new CheckpointException(
            source, "header field '" + where + "' is " + token + " instead of " + wanted);
      }
    }

    /** Sorts by place and checks that the ranges cover the data exactly once. */
    private Map<String, TensorInfo> inDataOrder(List<TensorInfo> tensors) {
      tensors.sort(
          Comparator.comparingLong(TensorInfo::offset).thenComparingLong(TensorInfo::byteLength));
      Map<String, TensorInfo> byName = new LinkedHashMap<>();
      long next = dataStart;
      for (TensorInfo tensor : tensors) {
        if (tensor.offset() != next) {
          throw new CheckpointException(
              source,
              tensor.name(),
              tensor.offset(),
              tensor.offset() < next
                  ? "overlaps the tensor that ends at byte " + next
                  : "leaves a hole after byte " + next);
        }
        next += tensor.byteLength();
        byName.put(tensor.name(), tensor);
      }
      if (next != fileSize) {
        throw new CheckpointException(
            source, "tensors end at byte " + next + " but the file has " + fileSize + " bytes");
      }
      return Collections.unmodifiableMap(byName);
    }
  }
}
