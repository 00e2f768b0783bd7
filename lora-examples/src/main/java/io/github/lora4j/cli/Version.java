package io.github.lora4j.cli;

import picocli.CommandLine.IVersionProvider;

/** The version of the program, out of its jar, and of Java. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = Version.class.getPackage().getImplementationVersion();
    return new String[] {
      "lora " + (version == null ? "development" : version) + " (Java " + Runtime.version() + ")"
    };
  }
}
