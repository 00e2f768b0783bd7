/** The demonstration: bundled reviews, two adapters over one base, swapping. */
package io.github.lora4j.demo;
