package io.github.lora4j.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.lora4j.models.data.DataException;
import io.github.lora4j.models.data.DataRecord;
import io.github.lora4j.names.NearestNames;
import java.util.Map;
import java.util.function.Function;

/**
 * Chooses the adapter that a field of a record names.
 *
 * @param name of the field
 * @param adapters by their names
 * @param own what answers a record without the field, or with nothing in it; null if nothing can
 */
record AdapterField<T>(String name, Map<String, T> adapters, T own)
    implements Function<DataRecord, T> {

  /**
   * {@inheritDoc}
   *
   * @throws DataException if the record names no adapter that there is
   */
  @Override
  public T apply(DataRecord record) {
    JsonNode value = record.fields().get(name);
    if (value == null || value.isNull() || value.asText().isBlank() && value.isTextual()) {
      if (own == null) {
        throw refused(record, "has no adapter in '" + name + "', and the model no head of its own");
      }
      return own;
    }
    String wanted = record.label(name);
    T adapter = adapters.get(wanted);
    if (adapter == null) {
      throw refused(
          record,
          "'"
              + name
              + "' names the adapter '"
              + wanted
              + "', which was not given; nearest: "
              + String.join(", ", NearestNames.of(wanted, adapters.keySet(), 3)));
    }
    return adapter;
  }

  private static DataException refused(DataRecord record, String reason) {
    return new DataException(record.file(), record.line(), reason);
  }
}
