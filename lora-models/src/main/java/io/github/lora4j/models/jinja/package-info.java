/**
 * The Jinja of chat templates: the part of the template language, and of the Python values below
 * it, that templates of language models use, with the meaning that Jinja2's sandbox gives it. A
 * template reaches no class, no file and no network, and what it may compute is bounded.
 *
 * <p>Source: the template designer documentation of Jinja 3.1 and the built-in types of Python 3.
 */
package io.github.lora4j.models.jinja;
