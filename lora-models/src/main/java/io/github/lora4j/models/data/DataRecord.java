package io.github.lora4j.models.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * One record of a data file with all its fields in the order of the file. The columns of CSV and
 * TSV are strings; the fields of JSONL keep their JSON types.
 *
 * @param file the file it comes from, for error messages
 * @param line the line where the record starts, counted from 1
 * @param fields the fields; owned by the receiver of the record
 */
public record DataRecord(Path file, long line, ObjectNode fields) {

  /**
   * The text in a field, as it stands in the file.
   *
   * @throws DataException if the field is missing, is not a string, or holds only white space
   */
  public String text(String field) {
    JsonNode value = require(field);
    if (!value.isTextual()) {
      throw new DataException(file, line, quote(field) + " must be a string but is " + value);
    }
    if (value.textValue().isBlank()) {
      throw new DataException(file, line, quote(field) + " is empty");
    }
    return value.textValue();
  }

  /**
   * The label in a field, without white space around it: a string, a number or a boolean.
   *
   * @throws DataException if the field is missing, is a JSON array, object or null, or is empty
   */
  public String label(String field) {
    JsonNode value = require(field);
    if (!value.isValueNode() || value.isNull()) {
      throw new DataException(
          file, line, quote(field) + " must be a string or a number but is " + value);
    }
    String label = value.asText().strip();
    if (label.isEmpty()) {
      throw new DataException(file, line, quote(field) + " is empty");
    }
    return label;
  }

  private JsonNode require(String field) {
    JsonNode value = fields.get(field);
    if (value == null) {
      List<String> names = new ArrayList<>();
      fields.fieldNames().forEachRemaining(name -> names.add(quote(name)));
      throw new DataException(
          file, line, "no field " + quote(field) + "; the fields are " + String.join(", ", names));
    }
    return value;
  }

  private static String quote(String name) {
    return "'" + name + "'";
  }
}
