package io.github.lora4j.models.jinja;

import java.math.BigDecimal;
import java.math.MathContext;

/** Python's numbers: integers of 64 bits, which fail where Python's would grow, and doubles. */
final class PyNumbers {
  private PyNumbers() {}

  static int compare(Object a, Object b) {
    if (a instanceof Double || b instanceof Double) {
      double x = asDouble(a);
      double y = asDouble(b);
      return x == y ? 0 : x < y ? -1 : 1;
    }
    return Long.compare(asLong(a), asLong(b));
  }

  static double asDouble(Object value) {
    return value instanceof Double number ? number : asLong(value);
  }

  static long asLong(Object value) {
    return value instanceof Boolean b ? (b ? 1 : 0) : (Long) value;
  }

  static Object negate(Object value) {
    return value instanceof Double number
        ? (Object) (-number)
        : (Object) Math.negateExact(asLong(value));
  }

  static Object apply(String operator, Object a, Object b) {
    try {
      if (operator.equals("/")) {
        return asDouble(a) / nonZero(asDouble(b));
      }
      return a instanceof Double || b instanceof Double
          ? doubles(operator, asDouble(a), asDouble(b))
          : longs(operator, asLong(a), asLong(b));
    } catch (ArithmeticException e) {
      throw new JinjaException("'" + operator + "': " + e.getMessage());
    }
  }

  private static Object longs(String operator, long a, long b) {
    return switch (operator) {
      case "+" -> Math.addExact(a, b);
      case "-" -> Math.subtractExact(a, b);
      case "*" -> Math.multiplyExact(a, b);
      case "//" -> Math.floorDiv(a, b);
      case "%" -> Math.floorMod(a, b);
      case "**" -> b < 0 ? (Object) Math.pow(a, b) : (Object) power(a, b);
      default -> throw new IllegalArgumentException(operator);
    };
  }

  private static long power(long base, long exponent) {
    long result = 1;
    long square = base;
    for (long rest = exponent; rest > 0; rest >>= 1) {
      if ((rest & 1) == 1) {
        result = Math.multiplyExact(result, square);
      }
      if (rest > 1) {
        square = Math.multiplyExact(square, square);
      }
    }
    return result;
  }

  private static double doubles(String operator, double a, double b) {
    return switch (operator) {
      case "+" -> a + b;
      case "-" -> a - b;
      case "*" -> a * b;
      case "//" -> Math.floor(a / nonZero(b));
      case "%" -> {
        double rest = a % nonZero(b);
        yield rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
      }
      case "**" -> Math.pow(a, b);
      default -> throw new IllegalArgumentException(operator);
    };
  }

  private static double nonZero(double value) {
    if (value == 0) {
      throw new ArithmeticException("division by zero");
    }
    return value;
  }

  /** The shortest digits that give the number again, as Python writes them. */
  static String repr(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    } else if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    } else if (value == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    BigDecimal exact = new BigDecimal(value);
    BigDecimal shortest = exact;
    for (int digits = 1; digits <= 17; digits++) {
      shortest = exact.round(new MathContext(digits));
      if (shortest.doubleValue() == value) {
        break;
      }
    }
    shortest = shortest.stripTrailingZeros();
    int exponent = shortest.precision() - shortest.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      String plain = shortest.toPlainString();
      return plain.contains(".") ? plain : plain + ".0";
    }
    String digits = shortest.unscaledValue().abs().toString();
    return (value < 0 ? "-" : "")
        + digits.charAt(0)
        + (digits.length() > 1 ? "." + digits.substring(1) : "")
        + (exponent < 0 ? "e-" : "e+")
        + (Math.abs(exponent) < 10 ? "0" : "")
        + Math.abs(exponent);
  }
}
