package io.github.lora4j.models.decoder;

import io.github.lora4j.models.config.ConfigFields;
import java.util.Set;

/**
 * Reads rotary embeddings from a {@code config.json}: of transformers 5, where all is in {@code
 * rope_parameters}, and of 4, where {@code rope_theta} and {@code rope_scaling} stand by
 * themselves.
 */
public final class RotaryFields {
  private static final double THETA = 10_000;

  private static final String ORIGINAL = "original_max_position_embeddings";

  /** What says nothing about the angles, or only about those of other types. */
  private static final Set<String> HARMLESS = Set.of("type", ORIGINAL);

  private final ConfigFields config;
  private final int headSize;
  private final int maxPositions;

  /**
   * @param headSize features of a head
   * @param maxPositions {@code max_position_embeddings}
   */
  public RotaryFields(ConfigFields config, int headSize, int maxPositions) {
    this.config = config;
    this.headSize = headSize;
    this.maxPositions = maxPositions;
  }

  /** The embedding of a model that has one for all layers. */
  public RotaryEmbedding read() {
    return read("rope_theta", THETA, "partial_rotary_factor", 1);
  }

  /** The same under other names of the fields of transformers 4. */
  public RotaryEmbedding read(String thetaName, double theta, String partName, double part) {
    ConfigFields parameters = config.object("rope_parameters");
    ConfigFields scaling = config.object("rope_scaling");
    double base = config.number(thetaName, theta);
    double share = config.number(partName, part);
    return of(scaling == null ? parameters : scaling, base, share);
  }

  /**
   * An embedding from fields of its own.
   *
   * @param fields {@code rope_parameters}, {@code rope_scaling} or null
   */
  public RotaryEmbedding of(ConfigFields fields, double defaultTheta, double defaultPart) {
    config.has(ORIGINAL);
    double theta = fields == null ? defaultTheta : fields.number("rope_theta", defaultTheta);
    double part =
        fields == null ? defaultPart : fields.number("partial_rotary_factor", defaultPart);
    int dim = (int) (headSize * part);
    if (!(theta > 0) || dim < 2 || dim % 2 != 0 || dim > headSize) {
      throw config.unsupported(
          "rope_theta", "a positive base and an even number of rotated features, not " + dim);
    }
    String type = fields == null ? "default" : type(fields);
    RotaryScaling scaling =
        switch (type) {
          case "default" -> new RotaryScaling.Fixed(RotaryScaling.plain(theta, dim), 1f);
          case "linear" -> RotaryScaling.linear(theta, dim, fields.number("factor"));
          case "dynamic" ->
              RotaryScaling.dynamic(theta, dim, fields.number("factor"), maxPositions);
          case "llama3" -> RotaryScaling.llama3(theta, dim, original(fields), fields);
          case "yarn" -> RotaryScaling.yarn(theta, dim, maxPositions, original(fields), fields);
          case "longrope", "su" ->
              RotaryScaling.longrope(theta, dim, maxPositions, original(fields), fields);
          case "gguf_factors" -> RotaryScaling.factors(theta, dim, fields);
          default ->
              throw fields.unsupported(
                  "rope_type", "default, linear, dynamic, llama3, yarn, longrope");
        };
    if (fields != null) {
      fields.requireAllSeen(HARMLESS);
    }
    return new RotaryEmbedding(scaling, dim / 2);
  }

  /** Positions of the first training: Phi-3 has them beside the fields, and they count more. */
  private double original(ConfigFields fields) {
    return config.number(ORIGINAL, fields.number(ORIGINAL, maxPositions));
  }

  /**
   * The most tokens of a sequence: {@code max_position_embeddings}, which linear and dynamic
   * scaling stretch by their factor and the other kinds already include.
   */
  static int context(ConfigFields config, int maxPositions) {
    ConfigFields scaling = config.object("rope_scaling");
    ConfigFields fields = scaling == null ? config.object("rope_parameters") : scaling;
    boolean stretched = fields != null && Set.of("linear", "dynamic").contains(type(fields));
    return stretched ? (int) (maxPositions * fields.number("factor")) : maxPositions;
  }

  private static String type(ConfigFields fields) {
    return fields.text("rope_type", fields.text("type", "default"));
  }
}
